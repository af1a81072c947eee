// GEMM 11: Hopper's copy engine and Hopper's tensor cores.
//
// TMA copies a whole box of a tensor when one thread asks: no addresses, no loop, no thousand
// copies a step; it even swizzles and rounds to TF32 on the way. An mbarrier in shared memory
// counts the bytes that have come. wgmma multiplies a 64x8 piece of A by an 8x128 piece of B for a
// warpgroup of four warps, reading both from shared memory itself: nothing is left of ldmatrix
// either. The tensor map (the tensor's shape, strides, box) is made on the host, the matrix
// descriptors (where a tile lies, how it is swizzled) in the kernel.
//
// Look at: no global loads, no shared loads, no ldmatrix; per step two TMA instructions and four
// wgmma a warp. TMA rounds where mma.sync cuts: the error is less than half.
// Next: the four warps that multiply also wait, ask and wait again.
#include "kernels/cuda/ptx/tma.h"
#include "kernels/cuda/ptx/wgmma.h"
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kRows = 64, kColumns = 128, kDepth = 32, kStages = 4, kThreads = 128;
using TileA = SharedTile<float, kRows, kDepth, Swizzle::bytes128>;
using TileB = SharedTile<float, kColumns, kDepth, Swizzle::bytes128>;
using Map = TensorMap<float, 2, Swizzle::bytes128>;
constexpr unsigned kStageBytes = TileA::kBytes + TileB::kBytes;

__global__ void __launch_bounds__(kThreads)
    gemm_tma_wgmma_kernel(Gemm p, const __grid_constant__ Map map_a,
                          const __grid_constant__ Map map_b) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier[kStages]);
  const int thread = threadIdx.x, row0 = blockIdx.y * kRows, column0 = blockIdx.x * kColumns;
  const auto tile_a = [&](int stage) {
    return TileA{reinterpret_cast<float*>(memory + stage * kStageBytes)};
  };
  const auto tile_b = [&](int stage) {
    return TileB{reinterpret_cast<float*>(memory + stage * kStageBytes + TileA::kBytes)};
  };
  if (thread == 0) {
    for (int stage = 0; stage < kStages; ++stage) full[stage].init(1);
    fence_mbarrier_init();
  }
  __syncthreads();

  const int steps = p.k / kDepth;
  const auto copy = [&](int step) {
    if (thread != 0 || step >= steps) return;
    const int stage = step % kStages;
    full[stage].arrive_expect_tx(kStageBytes);
    load_tensor(tile_a(stage), map_a, full[stage], step * kDepth, row0);
    load_tensor(tile_b(stage), map_b, full[stage], step * kDepth, column0);
  };
  for (int step = 0; step < kStages; ++step) copy(step);

  Accumulator<kColumns> sums;
  for (int step = 0; step < steps; ++step) {
    const int stage = step % kStages;
    full[stage].wait(step / kStages % 2);
    wgmma_fence(sums);
    for (int k = 0; k < kDepth; k += 8)
      wgmma(sums, a_operand(tile_a(stage), 0, k), b_operand<kColumns>(tile_b(stage), 0, k),
            step > 0 || k > 0);
    wgmma_commit();
    wgmma_wait<0>(sums);
    __syncthreads();  // all four warps have done with the stage
    copy(step + kStages);
  }
  float* const c = p.c + row0 * p.n + column0;
#pragma unroll
  for (int i = 0; i < sums.kValues; i += 2)
    store_vector(&c[sums.row(thread, i) * p.n + sums.column(thread, i)],
                 float2{sums.values[i], sums.values[i + 1]});
}

// A matrix of k floats a row, in boxes of 32 columns, rounded to TF32 as they are loaded.
Map map_of(const float* matrix, int rows, int k, int box_rows) {
  TensorBox<2> box{{std::uint64_t(k), std::uint64_t(rows)},
                   {std::uint64_t(k) * sizeof(float)},
                   {kDepth, std::uint32_t(box_rows)}};
  box.round_to_tf32 = true;
  return tensor_map<Swizzle::bytes128>(matrix, box);
}

}  // namespace

void gemm_tma_wgmma(const Gemm& p) {
  require_tiles(p, kRows, kColumns, kDepth);
  launch(described("gemm_tma_wgmma", dim3(p.n / kColumns, p.m / kRows), dim3(kThreads), p,
                   kStages * kStageBytes),
         gemm_tma_wgmma_kernel, p, map_of(p.a, p.m, p.k, kRows),
         map_of(p.b_transposed, p.n, p.k, kColumns));
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
