// Convolution 8: TMA boxes and wgmma.
//
// A block's 128 pixels are a box of 8 columns and 16 rows. One TMA instruction brings 32 channels
// of it, shifted to a place in the window; what falls outside the image it fills with zeros, which
// is the padding. Dimensions of the tensor map are C, W, H, N: channels last is what TMA likes
// best. Two warpgroups multiply 64 pixels each by 128 output channels.
//
// The box is stored row after row, 8 pixels each: a lane's rows g and g + 8 are pixels one above
// the other, and the pixel to the right is four lanes on. A shuffle exchanges two of four numbers,
// after which each of two lanes has all four corners of one window and channel.
//
// Look at: no global loads but the bias, no cp.async; two TMA instructions a step.
// Next: the shipped kernel, with specialised warps (GEMM 12) and for any shape.
#include "kernels/cuda/ptx/tma.h"
#include "kernels/cuda/ptx/wgmma.h"
#include "kernels/lab/conv2d/pooling.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kWidth = 8, kHeight = 16, kPixels = kWidth * kHeight;
constexpr int kColumns = 128, kDepth = 32, kStages = 4, kThreads = 256;
using TileA = SharedTile<float, kPixels, kDepth, Swizzle::bytes128>;
using TileB = SharedTile<float, kColumns, kDepth, Swizzle::bytes128>;
using MapX = TensorMap<float, 4, Swizzle::bytes128>;
using MapWeight = TensorMap<float, 2, Swizzle::bytes128>;
constexpr unsigned kStageBytes = TileA::kBytes + TileB::kBytes;

// Pools the 16 pixels of each warp, two rows of eight, and stores 4 windows.
__device__ __forceinline__ void store_pooled(const Conv2d& p, const Accumulator<kColumns>& sums,
                                             int image, int row0, int column0) {
  const int thread = threadIdx.x % 128, warp = threadIdx.x / 32, lane = lane_id();
  const int g = lane / 4, odd = g % 2;
  const int window_row = image * (p.h / 2) + row0 / 2 + warp;
  const int window = window_row * (p.w / 2) + column0 / 2 + g / 2;
#pragma unroll
  for (int i = 0; i < sums.kValues; i += 4) {
    const float* const v = &sums.values[i];  // top: channels o, o + 1; bottom: the same
    // Left pixels keep channel o and get their neighbours'; right pixels do so with o + 1.
    const float top = __shfl_xor_sync(0xffffffff, odd ? v[0] : v[1], 4);
    const float bottom = __shfl_xor_sync(0xffffffff, odd ? v[2] : v[3], 4);
    const int o = blockIdx.x * kColumns + sums.column(thread, i) + odd;
    const Pooled pooled =
        odd ? pool(top, v[1], bottom, v[3], p.bias[o]) : pool(v[0], top, v[2], bottom, p.bias[o]);
    p.y[window * p.o + o] = pooled.value;
    p.index[window * p.o + o] = pooled.index;
  }
}

__global__ void __launch_bounds__(kThreads)
    conv2d_tma_wgmma_kernel(Conv2d p, const __grid_constant__ MapX map_x,
                            const __grid_constant__ MapWeight map_weight) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier[kStages]);
  const auto tile_a = [&](int stage) {
    return TileA{reinterpret_cast<float*>(memory + stage * kStageBytes)};
  };
  const auto tile_b = [&](int stage) {
    return TileB{reinterpret_cast<float*>(memory + stage * kStageBytes + TileA::kBytes)};
  };
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) full[stage].init(1);
    fence_mbarrier_init();
  }
  __syncthreads();

  const int row0 = blockIdx.y % (p.h / kHeight) * kHeight, image = blockIdx.y / (p.h / kHeight);
  const int column0 = blockIdx.z * kWidth, steps = 9 * p.c / kDepth;
  const auto copy = [&](int step) {
    if (threadIdx.x != 0 || step >= steps) return;
    const int stage = step % kStages, k0 = step * kDepth, place = k0 / p.c;
    full[stage].arrive_expect_tx(kStageBytes);
    load_tensor(tile_a(stage), map_x, full[stage], k0 % p.c, column0 + place % 3 - 1,
                row0 + place / 3 - 1, image);
    load_tensor(tile_b(stage), map_weight, full[stage], k0, blockIdx.x * kColumns);
  };
  for (int step = 0; step < kStages; ++step) copy(step);

  Accumulator<kColumns> sums;
  for (int step = 0; step < steps; ++step) {
    const int stage = step % kStages;
    full[stage].wait(step / kStages % 2);
    wgmma_fence(sums);
    for (int k = 0; k < kDepth; k += 8)
      wgmma(sums, a_operand(tile_a(stage), threadIdx.x / 128 * 64, k),
            b_operand<kColumns>(tile_b(stage), 0, k), step > 0 || k > 0);
    wgmma_commit();
    wgmma_wait<0>(sums);
    __syncthreads();
    copy(step + kStages);
  }
  store_pooled(p, sums, image, row0, column0);
}

MapX map_of_x(const Conv2d& p) {
  const std::uint64_t c = p.c, w = p.w, h = p.h, n = p.n, bytes = sizeof(float);
  TensorBox<4> box{
      {c, w, h, n}, {c * bytes, w * c * bytes, h * w * c * bytes}, {kDepth, kWidth, kHeight, 1}};
  box.round_to_tf32 = true;
  return tensor_map<Swizzle::bytes128>(p.x, box);
}

MapWeight map_of_weight(const Conv2d& p) {
  const std::uint64_t k = 9 * p.c, o = p.o;
  TensorBox<2> box{{k, o}, {k * sizeof(float)}, {kDepth, kColumns}};
  box.round_to_tf32 = true;
  return tensor_map<Swizzle::bytes128>(p.weight, box);
}

}  // namespace

void conv2d_tma_wgmma(const Conv2d& p) {
  require_tiles(p, kHeight, kWidth, kDepth, kColumns);
  launch(described("conv2d_tma_wgmma", dim3(p.o / kColumns, p.n * p.h / kHeight, p.w / kWidth),
                   dim3(kThreads), p, kStages * kStageBytes),
         conv2d_tma_wgmma_kernel, p, map_of_x(p), map_of_weight(p));
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
