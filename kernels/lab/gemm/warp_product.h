// A warp's 64x32 part of a 128x128 product on the tensor cores: GEMM 8, and what is built on it.
#pragma once

#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/cuda/ptx/ldmatrix.h"
#include "kernels/cuda/ptx/mma.h"
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {

// 8 warps compute 128x128 results, K going by 32: two rows of four warps with 64x32 each, which are
// 4x4 of the instruction's 16x8. Both tiles are [row][k], since ldmatrix brings 32-bit elements
// only along rows; a row is 128 bytes, its eight 16-byte chunks permuted (tile.h).
struct WarpProduct {
  static constexpr int kTile = 128, kDepth = 32, kThreads = 256;
  using Tile = SharedTile<float, kTile, kDepth, Swizzle::bytes128>;

  FragmentD sums[4][4] = {};
  int first_row = threadIdx.x / 128 * 64, first_column = threadIdx.x / 32 % 4 * 32;

  // sums += a b^T, factors cut to TF32
  __device__ __forceinline__ void add(Tile a, Tile b) {
#pragma unroll
    for (int k = 0; k < kDepth; k += 8) {
      FragmentA<float> left[4];
      FragmentB<float> right[2][2];
#pragma unroll
      for (int i = 0; i < 4; ++i) load_fragment(left[i], a, first_row + 16 * i, k);
#pragma unroll
      for (int j = 0; j < 2; ++j) load_fragments(right[j], b, first_column + 16 * j, k);
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j) mma(sums[i][j], left[i], right[j / 2][j % 2]);
    }
  }

  // Stores the tile of results whose first element is at `tile`.
  __device__ __forceinline__ void store(float* tile, int row_stride) const {
    const int lane = lane_id();
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j)
#pragma unroll
        for (int v = 0; v < 4; v += 2) {
          const int row = first_row + 16 * i + FragmentD::row(lane, v);
          const int column = first_column + 8 * j + FragmentD::column(lane, v);
          const float* const s = sums[i][j].values;
          store_vector(&tile[row * row_stride + column], float2{s[v], s[v + 1]});
        }
  }
};

// Starts copying 32 columns of 128 rows of a matrix into a tile: four chunks of 16 bytes a thread.
__device__ __forceinline__ void copy_tile(WarpProduct::Tile tile, const float* from,
                                          int row_stride) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = threadIdx.x / 8 + 32 * i, column = threadIdx.x % 8 * 4;
    cp_async<16>(tile.at(row, column), &from[row * row_stride + column]);
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
