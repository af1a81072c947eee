// GEMM 8: tensor cores.
//
// One mma.sync is 1024 multiply-adds: the 32 lanes of a warp hold a 16x8 piece of A, an 8x8 piece
// of B and a 16x8 piece of C in their registers, in a layout that mma.h draws, and the tensor core
// multiplies them. ldmatrix loads such pieces from shared memory, four 8x4 matrices at a time
// (warp_product.h). Factors are cut to TF32: 10 bits of fraction instead of 23, for about eight
// times the fp32 units' speed; sums stay float. Both operands come with k along their rows: B is
// transposed once beforehand, as layers pack their weights when they are loaded.
//
// Look at: shared loads, which have become ldmatrix; none conflicts, thanks to the swizzle. The
// error is a few 1e-3 now, where fp32 had a few 1e-6. Next: the tensor cores are so fast that one
// tile in advance does not hide the way from memory.
#include "kernels/lab/gemm/warp_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = WarpProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth;
constexpr unsigned kSharedBytes = 4 * Product::Tile::kBytes;

__global__ void __launch_bounds__(Product::kThreads) gemm_tensor_cores_kernel(Gemm p) {
  DYNAMIC_SHARED(memory);
  const auto tile = [&](int i) {
    return Product::Tile{reinterpret_cast<float*>(memory + i * Product::Tile::kBytes)};
  };
  const float* const rows_a = p.a + blockIdx.y * kTile * p.k;
  const float* const rows_b = p.b_transposed + blockIdx.x * kTile * p.k;
  const auto copy = [&](int step) {
    copy_tile(tile(step % 2), rows_a + step * kDepth, p.k);
    copy_tile(tile(2 + step % 2), rows_b + step * kDepth, p.k);
    cp_async_commit();
  };

  Product product;
  const int steps = p.k / kDepth;
  copy(0);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<0>();
    __syncthreads();
    if (step + 1 < steps) copy(step + 1);
    product.add(tile(step % 2), tile(2 + step % 2));
  }
  product.store(p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile, p.n);
}

}  // namespace

void gemm_tensor_cores(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(described("gemm_tensor_cores", dim3(p.n / kTile, p.m / kTile), dim3(Product::kThreads), p,
                   kSharedBytes),
         gemm_tensor_cores_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
