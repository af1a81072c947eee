// How wgmma finds an operand in shared memory: a 64-bit descriptor. PTX ISA: "Shared Memory Matrix
// Layout", "Matrix Descriptor Format", "Strides".
//
//     bits   0-13  start address / 16                16-29  leading dimension byte offset / 16
//     bits  32-45  stride dimension byte offset / 16 49-51  base offset     62-63  swizzle mode
//
// The hardware swizzles the address it computes, so the start address is the one before the
// swizzle, and the tile starts where the swizzle's pattern does (base offset 0). A step along k
// inside a block only moves the start address.
//
//     K-major (a tile with M or N down its rows and k along its columns)
//       swizzled      stride offset: 8 rows, 8 span; leading offset: not used, 1
//       none          stride offset: 8 rows, 128;    leading offset: the next 16 bytes of k
//     MN-major (k down the rows, M or N along the columns; 16-bit elements only)
//       swizzled      stride offset: 8 k, 8 span;    leading offset: the next block of columns
//       none          leading offset: 8 k, 128;      stride offset: the next block of columns
#pragma once

#include <type_traits>

#include "kernels/cuda/ptx/tile.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Which index of an operand is contiguous in shared memory.
enum class Major { k, mn };

template <int kN>
inline constexpr bool is_wgmma_n_v =
    kN == 8 || kN == 16 || kN == 32 || kN == 64 || kN == 96 || kN == 128 || kN == 192 || kN == 256;

// The A operand of a 64xN product and the B operand of an Mx(kN) product, one k step each.
template <typename T, Major kMajor>
struct OperandA {
  std::uint64_t descriptor;
};
template <typename T, int kN, Major kMajor>
struct OperandB {
  std::uint64_t descriptor;
};

// The descriptor's bits. Offsets in bytes, multiples of 16 below 2^18.
__host__ __device__ constexpr std::uint64_t matrix_descriptor(Swizzle swizzle,
                                                              std::uint32_t address,
                                                              std::uint32_t leading_offset,
                                                              std::uint32_t stride_offset) {
  const std::uint64_t mode = swizzle == Swizzle::none ? 0 : 4 - static_cast<unsigned>(swizzle);
  return (address & 0x3ffffu) >> 4 | std::uint64_t{(leading_offset & 0x3ffffu) >> 4} << 16 |
         std::uint64_t{(stride_offset & 0x3ffffu) >> 4} << 32 | mode << 62;
}

// The operand whose first element is at (row, column) of a tile. It has kExtent rows of M or N and
// one k step of 32 bytes.
template <int kExtent, Major kMajor, typename T, int kRows, int kColumns, Swizzle kSwizzle>
__device__ __forceinline__ std::uint64_t operand_descriptor(
    SharedTile<T, kRows, kColumns, kSwizzle> tile, int row, int column) {
  using Tile = SharedTile<T, kRows, kColumns, kSwizzle>;
  constexpr int kStep = 32 / static_cast<int>(sizeof(T));
  static_assert(kMajor == Major::k || sizeof(T) == 2, "TF32 operands of wgmma are K-major");
  static_assert(kMajor == Major::k ? kRows >= kExtent && kColumns >= kStep
                                   : kColumns >= kExtent && kRows >= kStep,
                "the tile is smaller than the operand");
  const std::uint32_t start = shared_address(tile.data) + Tile::linear_offset(row, column);
  constexpr std::uint32_t kGroup = 8 * span(kSwizzle);  // 8 rows of a block
  if constexpr (kSwizzle != Swizzle::none) {
    constexpr std::uint32_t kLeading = kMajor == Major::k ? 16 : Tile::kBlockBytes;
    return matrix_descriptor(kSwizzle, start, kLeading, kGroup);
  } else if constexpr (kMajor == Major::k) {
    return matrix_descriptor(kSwizzle, start, Tile::kBlockBytes, kGroup);
  } else {
    return matrix_descriptor(kSwizzle, start, kGroup, Tile::kBlockBytes);
  }
}

// A from a tile: rows m = `row` .. + 63 and a k step from `k` (K-major tiles are [m][k], MN-major
// ones [k][m]). `row` is a multiple of 8, and of a block's columns in an MN-major tile; k is a
// multiple of the k step.
template <Major kMajor = Major::k, typename T, int kRows, int kColumns, Swizzle kSwizzle>
__device__ __forceinline__ OperandA<T, kMajor> a_operand(
    SharedTile<T, kRows, kColumns, kSwizzle> tile, int row, int k) {
  return {kMajor == Major::k ? operand_descriptor<64, kMajor>(tile, row, k)
                             : operand_descriptor<64, kMajor>(tile, k, row)};
}

// B from a tile: columns n = `row` .. + kN - 1 of the product, likewise ([n][k] or [k][n]).
template <int kN, Major kMajor = Major::k, typename T, int kRows, int kColumns, Swizzle kSwizzle>
__device__ __forceinline__ OperandB<T, kN, kMajor> b_operand(
    SharedTile<T, kRows, kColumns, kSwizzle> tile, int row, int k) {
  static_assert(is_wgmma_n_v<kN>, "N is 8, 16, 32, 64, 96, 128, 192 or 256");
  return {kMajor == Major::k ? operand_descriptor<kN, kMajor>(tile, row, k)
                             : operand_descriptor<kN, kMajor>(tile, k, row)};
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
