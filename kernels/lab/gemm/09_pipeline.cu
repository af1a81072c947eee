// GEMM 9: a pipeline of three stages.
//
// Where rung 8 has one step's tiles in flight, this has two. The way from memory takes hundreds of
// clocks, and more when all blocks ask at once; on tensor cores a step's products are soon done. So
// the copy for a step starts before the step before it begins. Tiles go round in a ring: step s
// uses stage s % 3, and the copy for step s + 2 goes where step s - 1 has just been multiplied. An
// empty group is committed at the end, so that "all but the newest group" always means step s.
//
// Look at: the bytes and instructions of rung 8, unchanged. What changes is the time: this is what
// a simulator cannot show, and a profiler shows as stalls that are gone.
// Next: a branch off the way, which buys back the bits that TF32 cut off.
#include "kernels/lab/gemm/warp_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = WarpProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth, kStages = 3;
constexpr unsigned kSharedBytes = 2 * kStages * Product::Tile::kBytes;

__global__ void __launch_bounds__(Product::kThreads) gemm_pipeline_kernel(Gemm p) {
  DYNAMIC_SHARED(memory);
  const auto tile = [&](int i) {
    return Product::Tile{reinterpret_cast<float*>(memory + i * Product::Tile::kBytes)};
  };
  const float* const rows_a = p.a + blockIdx.y * kTile * p.k;
  const float* const rows_b = p.b_transposed + blockIdx.x * kTile * p.k;
  const int steps = p.k / kDepth;
  const auto copy = [&](int step) {
    if (step < steps) {
      copy_tile(tile(step % kStages), rows_a + step * kDepth, p.k);
      copy_tile(tile(kStages + step % kStages), rows_b + step * kDepth, p.k);
    }
    cp_async_commit();
  };

  Product product;
  for (int step = 0; step < kStages - 1; ++step) copy(step);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    copy(step + kStages - 1);
    product.add(tile(step % kStages), tile(kStages + step % kStages));
  }
  product.store(p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile, p.n);
}

}  // namespace

void gemm_pipeline(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(described("gemm_pipeline", dim3(p.n / kTile, p.m / kTile), dim3(Product::kThreads), p,
                   kSharedBytes),
         gemm_pipeline_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
