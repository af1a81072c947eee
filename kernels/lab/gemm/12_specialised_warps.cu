// GEMM 12: warps that copy, warps that multiply.
//
// A block has three warpgroups. One thread of the first does nothing but ask for tiles, as soon as
// their stage is empty; the other two, with 64x256 results each, do nothing but multiply, as soon
// as it is full. Two mbarriers a stage pass it to and fro. No __syncthreads stands between any
// longer: the producer may be four steps ahead, and while one warpgroup waits for its products or
// stores them, the other keeps the tensor cores busy. The producer gives its registers to the
// consumers, whose sums alone take 128 each.
//
// Look at: block barriers, 1 in all instead of 1 a step. Each byte of A and B that comes into
// shared memory is used by a tile of 128x256 instead of 64x128: half the global bytes. Next: the
// shipped kernel, which takes any shape.
#include "kernels/cuda/ptx/setmaxnreg.h"
#include "kernels/cuda/ptx/tma.h"
#include "kernels/cuda/ptx/wgmma.h"
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kRows = 128, kColumns = 256, kDepth = 32, kStages = 4;
constexpr int kGroup = 128, kConsumers = 2, kThreads = (1 + kConsumers) * kGroup;
using TileA = SharedTile<float, kRows, kDepth, Swizzle::bytes128>;
using TileB = SharedTile<float, kColumns, kDepth, Swizzle::bytes128>;
using Map = TensorMap<float, 2, Swizzle::bytes128>;
constexpr unsigned kStageBytes = TileA::kBytes + TileB::kBytes;

// What passes between producer and consumers.
struct Ring {
  unsigned char* memory;
  MBarrier* full;   // a stage's bytes have come
  MBarrier* empty;  // every warp of the consumers has done with it

  __device__ __forceinline__ TileA a(int stage) const {
    return {reinterpret_cast<float*>(memory + stage * kStageBytes)};
  }
  __device__ __forceinline__ TileB b(int stage) const {
    return {reinterpret_cast<float*>(memory + stage * kStageBytes + TileA::kBytes)};
  }
};

__device__ __forceinline__ void produce(const Ring& ring, int steps, const Map& map_a,
                                        const Map& map_b) {
  for (int step = 0; step < steps; ++step) {
    const int stage = step % kStages;
    ring.empty[stage].wait(step / kStages % 2 ^ 1);
    ring.full[stage].arrive_expect_tx(kStageBytes);
    load_tensor(ring.a(stage), map_a, ring.full[stage], step * kDepth, blockIdx.y * kRows);
    load_tensor(ring.b(stage), map_b, ring.full[stage], step * kDepth, blockIdx.x * kColumns);
  }
}

__device__ __forceinline__ void consume(const Ring& ring, int steps, const Gemm& p) {
  const int first_row = (threadIdx.x / kGroup - 1) * 64, thread = threadIdx.x % kGroup;
  Accumulator<kColumns> sums;
  wgmma_fence(sums);
  for (int step = 0; step < steps; ++step) {
    const int stage = step % kStages;
    ring.full[stage].wait(step / kStages % 2);
    wgmma_fence();
    for (int k = 0; k < kDepth; k += 8)
      wgmma(sums, a_operand(ring.a(stage), first_row, k), b_operand<kColumns>(ring.b(stage), 0, k),
            step > 0 || k > 0);
    wgmma_commit();
    // The products before these are done: their stage is free.
    wgmma_wait<1>();
    if (step > 0 && lane_id() == 0) ring.empty[(step - 1) % kStages].arrive();
  }
  wgmma_wait<0>(sums);
  float* const c = p.c + (blockIdx.y * kRows + first_row) * p.n + blockIdx.x * kColumns;
#pragma unroll
  for (int i = 0; i < sums.kValues; i += 2)
    store_vector(&c[sums.row(thread, i) * p.n + sums.column(thread, i)],
                 float2{sums.values[i], sums.values[i + 1]});
}

__global__ void __launch_bounds__(kThreads, 1)
    gemm_specialised_warps_kernel(Gemm p, const __grid_constant__ Map map_a,
                                  const __grid_constant__ Map map_b) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier[kStages]);
  SHARED(empty, MBarrier[kStages]);
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      full[stage].init(1);
      empty[stage].init(kConsumers * kGroup / 32);
    }
    fence_mbarrier_init();
  }
  __syncthreads();
  const Ring ring{memory, full, empty};
  const int steps = p.k / kDepth;
  if (threadIdx.x < kGroup) {
    decrease_registers<40>();
    if (threadIdx.x == 0) produce(ring, steps, map_a, map_b);
  } else {
    increase_registers<232>();
    consume(ring, steps, p);
  }
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

void gemm_specialised_warps(const Gemm& p) {
  require_tiles(p, kRows, kColumns, kDepth);
  launch(described("gemm_specialised_warps", dim3(p.n / kColumns, p.m / kRows), dim3(kThreads), p,
                   kStages * kStageBytes),
         gemm_specialised_warps_kernel, p, map_of(p.a, p.m, p.k, kRows),
         map_of(p.b_transposed, p.n, p.k, kColumns));
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
