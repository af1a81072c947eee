// A thread's 8x8 part of a 128x128 product from tiles in shared memory: GEMM 6, and what is built
// on it.
#pragma once

#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {

// 256 threads compute 128x128 results, K going by 8. Thread (y, x) of 16x16 has the rows 8 y + r
// and, in two halves of the tile, the columns 4 x + c and 64 + 4 x + c: the 16-byte loads of
// neighbouring lanes lie side by side, and no two of them want the same bank.
struct SquareProduct {
  static constexpr int kTile = 128, kDepth = 8, kSide = 8, kThreads = 256;
  using TileA = float[kTile][kDepth];
  using TileB = float[kDepth][kTile];

  float sums[kSide][kSide] = {};

  __device__ __forceinline__ static int row(int r) { return threadIdx.x / 16 * kSide + r; }
  __device__ __forceinline__ static int column(int half) {
    return half * 64 + threadIdx.x % 16 * 4;
  }

  // sums += a b
  __device__ __forceinline__ void add(const TileA& a, const TileB& b) {
#pragma unroll
    for (int k4 = 0; k4 < kDepth; k4 += 4) {
      Four left[kSide];
#pragma unroll
      for (int r = 0; r < kSide; ++r) left[r] = load_vector<Four>(&a[row(r)][k4]);
#pragma unroll
      for (int k = 0; k < 4; ++k)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const Four right = load_vector<Four>(&b[k4 + k][column(half)]);
#pragma unroll
          for (int r = 0; r < kSide; ++r)
#pragma unroll
            for (int c = 0; c < 4; ++c) sums[r][4 * half + c] += left[r].at[k] * right.at[c];
        }
    }
  }

  // Stores the tile of results whose first element is at `tile`.
  __device__ __forceinline__ void store(float* tile, int row_stride) const {
#pragma unroll
    for (int r = 0; r < kSide; ++r)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const float* const s = &sums[r][4 * half];
        store_vector(&tile[row(r) * row_stride + column(half)], Four{s[0], s[1], s[2], s[3]});
      }
  }
};

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
