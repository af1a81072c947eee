// GEMM 6: no bank conflicts.
//
// Shared memory has 32 banks of 4 bytes. In a 16-byte load eight lanes at a time are served in one
// pass, if they touch all 32 banks. In rung 5 their addresses were 32 bytes apart: banks 0-3, 8-11,
// 16-19, 24-27, and then 0-3 again, a second pass. Here a thread's eight columns are two groups of
// four, 64 apart, so that eight lanes read 128 bytes in a row (square_product.h). That also joins
// the stores of C. Sometimes the cure is another one: a row padded by some floats, or chunks
// permuted by XOR, a swizzle, as from rung 8 on.
//
// Look at: wavefronts of shared loads, now as many as their widths need; sectors of the stores.
// Next: the multipliers rest while a tile is on its way, and the loads while they multiply.
#include "kernels/lab/gemm/square_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = SquareProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth;

__global__ void __launch_bounds__(Product::kThreads) gemm_no_conflicts_kernel(Gemm p) {
  SHARED(a, Product::TileA);
  SHARED(b, Product::TileB);
  const int thread = threadIdx.x;
  const float* const tile_a = p.a + blockIdx.y * kTile * p.k;
  const float* const tile_b = p.b + blockIdx.x * kTile;
  const int row_a = thread / 2, k_a = thread % 2 * 4, k_b = thread / 32, column_b = thread % 32 * 4;

  Product product;
  for (int k0 = 0; k0 < p.k; k0 += kDepth) {
    store_vector(&a[row_a][k_a], load_vector<Four>(&tile_a[row_a * p.k + k0 + k_a]));
    store_vector(&b[k_b][column_b], load_vector<Four>(&tile_b[(k0 + k_b) * p.n + column_b]));
    __syncthreads();
    product.add(a, b);
    __syncthreads();
  }
  product.store(p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile, p.n);
}

}  // namespace

void gemm_no_conflicts(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(described("gemm_no_conflicts", dim3(p.n / kTile, p.m / kTile), dim3(Product::kThreads), p),
         gemm_no_conflicts_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
