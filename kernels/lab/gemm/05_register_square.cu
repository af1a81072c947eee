// GEMM 5: a square of 8x8 results a thread, loaded 16 bytes at a time.
//
// 64 results in a square need 8 elements of A and 8 of B for each k: 16 loads for 64 multiply-adds,
// where a column of 8 needed 9 for 8. And four floats that lie side by side are one load of 16
// bytes, from global memory as from shared memory. A tile is 128x128 now, K still goes by 8, and
// 256 threads bring four floats of each tile.
//
// Look at: shared loads, 18 times fewer than in rung 4. But also bank conflicts, which are new: the
// lanes' 16-byte loads from B are 32 bytes apart, so that they use every other four banks.
// Next: give each thread columns that suit the banks.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kTile = 128, kDepth = 8, kSide = 8;
constexpr int kThreads = kTile / kSide * (kTile / kSide);

__global__ void __launch_bounds__(kThreads) gemm_register_square_kernel(Gemm p) {
  SHARED(a, float[kTile][kDepth]);
  SHARED(b, float[kDepth][kTile]);
  const int thread = threadIdx.x;
  const int first_row = thread / 16 * kSide, first_column = thread % 16 * kSide;
  const float* const tile_a = p.a + blockIdx.y * kTile * p.k;
  const float* const tile_b = p.b + blockIdx.x * kTile;
  float* const tile_c = p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile;
  const int row_a = thread / 2, k_a = thread % 2 * 4, k_b = thread / 32, column_b = thread % 32 * 4;

  float sums[kSide][kSide] = {};
  for (int k0 = 0; k0 < p.k; k0 += kDepth) {
    store_vector(&a[row_a][k_a], load_vector<Four>(&tile_a[row_a * p.k + k0 + k_a]));
    store_vector(&b[k_b][column_b], load_vector<Four>(&tile_b[(k0 + k_b) * p.n + column_b]));
    __syncthreads();
    for (int k4 = 0; k4 < kDepth; k4 += 4) {
      Four left[kSide];
      for (int r = 0; r < kSide; ++r) left[r] = load_vector<Four>(&a[first_row + r][k4]);
      for (int k = 0; k < 4; ++k)
        for (int half = 0; half < 2; ++half) {
          const Four right = load_vector<Four>(&b[k4 + k][first_column + 4 * half]);
          for (int r = 0; r < kSide; ++r)
            for (int c = 0; c < 4; ++c) sums[r][4 * half + c] += left[r].at[k] * right.at[c];
        }
    }
    __syncthreads();
  }
  for (int r = 0; r < kSide; ++r)
    for (int half = 0; half < 2; ++half) {
      const float* const s = &sums[r][4 * half];
      store_vector(&tile_c[(first_row + r) * p.n + first_column + 4 * half],
                   Four{s[0], s[1], s[2], s[3]});
    }
}

}  // namespace

void gemm_register_square(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(described("gemm_register_square", dim3(p.n / kTile, p.m / kTile), dim3(kThreads), p),
         gemm_register_square_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
