// The operands of a block's product on Hopper, and one step of it, for each arithmetic of
// ../matrix/arithmetic.cuh.
//
// A comes from a patch in shared memory by way of registers: there it can be read at any offset,
// and there floats are split or rounded to bf16. B, the weights, is multiplied where it lies, so it
// is prepared in global memory once: see columns.cuh.
#pragma once

#include "kernels/cuda/hopper/tile.cuh"
#include "kernels/cuda/matrix/arithmetic.cuh"
#include "kernels/cuda/ptx/ldmatrix.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

inline constexpr int kMostCopied = 640;  // pixels of a patch with its halo

// A patch with its halo: 32 channels of each pixel. Eight neighbouring pixels read by ldmatrix are
// eight lines of 128 bytes, which the swizzle puts into different banks, wherever they begin.
using PatchTile = SharedTile<float, kMostCopied, kDepth, Swizzle::bytes128>;

// How B lies in memory: kParts matrices of rows n with k along them.
template <typename Arithmetic>
struct ColumnFormat {
  using Element = float;
  static constexpr int kParts = Arithmetic::kSumsApart ? 2 : 1;  // Tf32x3: big, small
  static constexpr Swizzle kSwizzle = Swizzle::bytes128;
};
template <>
struct ColumnFormat<Bf16> {
  using Element = __nv_bfloat16;
  static constexpr int kParts = 1;
  static constexpr Swizzle kSwizzle = Swizzle::bytes64;
};

// 32 columns of k of B, for a tile's columns.
template <typename Tile, typename Arithmetic>
struct ColumnTiles {
  using Format = ColumnFormat<Arithmetic>;
  using Element = typename Format::Element;
  using Part = SharedTile<Element, Tile::kN, kDepth, Format::kSwizzle>;
  static constexpr unsigned kBytes = Format::kParts * Part::kBytes;

  unsigned char* data;

  __device__ __forceinline__ Part part(int i) const {
    return {reinterpret_cast<Element*>(data + i * Part::kBytes)};
  }
};

// The A operand of one step along k, of the 16 pixels of which `pixel` is this lane's.
template <typename Arithmetic>
__device__ __forceinline__ typename Arithmetic::A load_rows(PatchTile patch, int pixel, int k) {
  const int column = k + lane_id() / 16 % 2 * 4;
  FragmentA<float> low;
  ldmatrix(low.registers, patch.at(pixel, column));
  if constexpr (Arithmetic::kStep == 16) {
    FragmentA<float> high;
    ldmatrix(high.registers, patch.at(pixel, column + 8));
    return Arithmetic::convert(low, high);
  } else if constexpr (Arithmetic::kSumsApart) {
    return Arithmetic::convert(low);
  } else {
    return low;  // TMA has rounded it to TF32
  }
}

template <typename T>
__device__ __forceinline__ void pin_rows(FragmentA<T>& a) {
  pin(a);
}
template <typename Fragment>
__device__ __forceinline__ void pin_rows(Tf32x3::Split<Fragment>& a) {
  pin(a.big);
  pin(a.small);
}

// D += A B for one step along k, or D = A B if `fresh`.
template <typename Arithmetic, int kN, typename Columns>
__device__ __forceinline__ void multiply_rows(Accumulator<kN>& d, const typename Arithmetic::A& a,
                                              Columns columns, int k, bool fresh) {
  if constexpr (Arithmetic::kSumsApart) {
    const auto big = b_operand<kN>(columns.part(0), 0, k);
    wgmma(d, a.small, big, !fresh);
    wgmma(d, a.big, b_operand<kN>(columns.part(1), 0, k));
    wgmma(d, a.big, big);
  } else {
    wgmma(d, a, b_operand<kN>(columns.part(0), 0, k), !fresh);
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
