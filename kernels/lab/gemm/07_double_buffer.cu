// GEMM 7: two tiles of each, copied by cp.async.
//
// cp.async copies from global to shared memory without passing a register, and the thread goes on.
// While a step's tiles are multiplied, the next step's are on their way into a second pair. Since
// nobody overwrites what the others still read, one barrier a step is enough: it says both that the
// new tiles are whole and that the old ones are free.
//
// Look at: global loads, which are gone: copies have taken their place. Barriers, half as many.
// Next: from here on the fp32 units themselves are the limit. The tensor cores of the same chip
// multiply many times faster.
#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/lab/gemm/square_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = SquareProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth;

__global__ void __launch_bounds__(Product::kThreads) gemm_double_buffer_kernel(Gemm p) {
  SHARED(a, Product::TileA[2]);
  SHARED(b, Product::TileB[2]);
  const int thread = threadIdx.x;
  const float* const tile_a = p.a + blockIdx.y * kTile * p.k;
  const float* const tile_b = p.b + blockIdx.x * kTile;
  const int row_a = thread / 2, k_a = thread % 2 * 4, k_b = thread / 32, column_b = thread % 32 * 4;
  const auto copy = [&](int step) {
    const int k0 = step * kDepth, to = step % 2;
    cp_async<16>(&a[to][row_a][k_a], &tile_a[row_a * p.k + k0 + k_a]);
    cp_async<16>(&b[to][k_b][column_b], &tile_b[(k0 + k_b) * p.n + column_b]);
    cp_async_commit();
  };

  Product product;
  const int steps = p.k / kDepth;
  copy(0);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<0>();
    __syncthreads();
    if (step + 1 < steps) copy(step + 1);
    product.add(a[step % 2], b[step % 2]);
  }
  product.store(p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile, p.n);
}

}  // namespace

void gemm_double_buffer(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(
      described("gemm_double_buffer", dim3(p.n / kTile, p.m / kTile), dim3(Product::kThreads), p),
      gemm_double_buffer_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
