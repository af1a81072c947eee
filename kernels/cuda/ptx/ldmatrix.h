// Loads of 8x8 matrices of 16-bit elements from shared memory into a warp's registers (sm_75).
// PTX ISA: "Warp-level matrix load instruction: ldmatrix".
//
// A matrix is 8 rows of 16 bytes, each row anywhere that is 16-byte aligned. Lanes 8i .. 8i+7 give
// the addresses of the rows of matrix i, and its result is register i. Lane l gets of every matrix
// the 32 bits at row l / 4, bytes 4 (l % 4): two 16-bit elements or one 32-bit element, so that a
// row holds 4 TF32 values as well.
//
//     lane      0    1    2    3        transposed (16-bit elements only): lane l gets the elements
//     row 0   [0 1][2 3][4 5][6 7]      in column l / 4 of rows 2 (l % 4) and 2 (l % 4) + 1
//     lane      4    5    6    7
//     row 1   [0 1][2 3][4 5][6 7]  ...
#pragma once

#include "kernels/cuda/ptx/mma.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/ldmatrix.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// Loads kMatrices matrices. `row` of lanes 0 .. 8 kMatrices - 1 is used; those of the others need
// not be valid. All lanes of the warp take part.
template <int kMatrices>
__device__ __forceinline__ void ldmatrix(std::uint32_t (&result)[kMatrices], const void* row) {
  static_assert(kMatrices == 1 || kMatrices == 2 || kMatrices == 4, "ldmatrix loads 1, 2 or 4");
#ifdef __CUDACC__
  const std::uint32_t address = shared_address(row);
  if constexpr (kMatrices == 1) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                 : "=r"(result[0])
                 : "r"(address)
                 : "memory");
  } else if constexpr (kMatrices == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(result[0]), "=r"(result[1])
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
                 : "r"(address)
                 : "memory");
  }
#else
  backlight::sim::ldmatrix(result, kMatrices, row, false);
#endif
}

// The same, every matrix transposed.
template <int kMatrices>
__device__ __forceinline__ void ldmatrix_transposed(std::uint32_t (&result)[kMatrices],
                                                    const void* row) {
  static_assert(kMatrices == 1 || kMatrices == 2 || kMatrices == 4, "ldmatrix loads 1, 2 or 4");
#ifdef __CUDACC__
  const std::uint32_t address = shared_address(row);
  if constexpr (kMatrices == 1) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                 : "=r"(result[0])
                 : "r"(address)
                 : "memory");
  } else if constexpr (kMatrices == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(result[0]), "=r"(result[1])
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
                 : "r"(address)
                 : "memory");
  }
#else
  backlight::sim::ldmatrix(result, kMatrices, row, true);
#endif
}

// The A fragment of rows `row` .. + 15 and one k step (32 bytes) from `column` of a tile whose
// columns are k: matrices (rows 0-7, k low), (rows 8-15, k low), (0-7, high), (8-15, high).
template <typename T, int kRows, int kColumns, Swizzle kSwizzle>
__device__ __forceinline__ void load_fragment(FragmentA<T>& a,
                                              SharedTile<T, kRows, kColumns, kSwizzle> tile,
                                              int row, int column) {
  static_assert(kRows >= 16 && kColumns >= FragmentA<T>::kK, "the tile is smaller than a fragment");
  const int lane = lane_id();
  ldmatrix(a.registers, tile.at(row + lane % 16, column + lane / 16 * (FragmentA<T>::kK / 2)));
}

// The B fragments of columns n = `row` .. + 7 and `row` + 8 .. + 15 of a tile whose rows are n and
// whose columns are k, for one k step from `column`.
template <typename T, int kRows, int kColumns, Swizzle kSwizzle>
__device__ __forceinline__ void load_fragments(FragmentB<T> (&b)[2],
                                               SharedTile<T, kRows, kColumns, kSwizzle> tile,
                                               int row, int column) {
  static_assert(kRows >= 16 && kColumns >= FragmentB<T>::kK, "the tile is smaller than a fragment");
  const int lane = lane_id();
  std::uint32_t registers[4];
  ldmatrix(registers,
           tile.at(row + lane / 16 * 8 + lane % 8, column + lane / 8 % 2 * (FragmentB<T>::kK / 2)));
  for (int i = 0; i < 2; ++i) {
    b[i].registers[0] = registers[2 * i];
    b[i].registers[1] = registers[2 * i + 1];
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
