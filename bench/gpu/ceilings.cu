#include "bench/gpu/ceilings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/gpu/timer.h"
#include "kernels/cuda/ptx/mbarrier.h"
#include "kernels/cuda/ptx/wgmma.h"

namespace backlight::bench {
namespace {

namespace cuda = kernels::cuda;
using kernels::Precision;

constexpr int kThreads = 256, kBlocksPerProcessor = 2;
constexpr int kChains = 8;  // independent ones hide the latency

// A number in [-1, 1) that differs from thread to thread: zeros would need less power.
__device__ float varied(unsigned seed) {
  seed = (seed * 747796405u + 2891336453u) ^ (blockIdx.x * 2654435769u);
  seed = ((seed >> 16) ^ seed) * 0x45d9f3bu;
  return static_cast<float>(static_cast<int>(seed >> 8) - (1 << 23)) * 0x1p-23f;
}

__global__ void fma_loop(float* out, int rounds) {
  float chains[2 * kChains];
  for (int c = 0; c < 2 * kChains; ++c) chains[c] = varied(threadIdx.x + c);
  const float scale = varied(threadIdx.x), shift = varied(threadIdx.x + 1);
  for (int round = 0; round < rounds; ++round)
#pragma unroll
    for (int c = 0; c < 2 * kChains; ++c) chains[c] = fmaf(chains[c], scale, shift);
  float sum = 0;
  for (const float chain : chains) sum += chain;
  if (sum == 0.123f) *out = sum;  // keeps the loop alive
}

template <typename T>
__device__ std::uint32_t operand(unsigned seed) {
  if constexpr (std::is_same_v<T, float>)
    return __float_as_uint(cuda::round_to_tf32(varied(seed)));
  else
    return cuda::pack_bf16(varied(seed), varied(seed + 77));
}

template <typename T>
__global__ void mma_loop(float* out, int rounds) {
  cuda::FragmentA<T> a;
  cuda::FragmentB<T> b;
  for (int i = 0; i < 4; ++i) a.registers[i] = operand<T>(threadIdx.x + 7 * i);
  for (int i = 0; i < 2; ++i) b.registers[i] = operand<T>(threadIdx.x + 9 * i);
  cuda::FragmentD sums[kChains] = {};
  for (int round = 0; round < rounds; ++round)
#pragma unroll
    for (int c = 0; c < kChains; ++c) cuda::mma(sums[c], a, b);
  float sum = 0;
  for (const cuda::FragmentD& each : sums) sum += each.values[0] + each.values[3];
  if (sum == 0.123f) *out = sum;
}

constexpr int kWgmmaN = 256, kWgmmaK = 32 * 4;  // bytes of k: four steps of 32
constexpr int kGroups = 2;                      // warpgroups of a block
constexpr int kStepsPerWait = 64;

// Each warpgroup multiplies its own A by the block's B over and over.
template <typename T>
__global__ void __launch_bounds__(128 * kGroups) wgmma_loop(float* out, int rounds) {
  constexpr int kColumns = kWgmmaK / sizeof(T), kStep = 32 / sizeof(T);
  using TileA = cuda::SharedTile<T, 64 * kGroups, kColumns, cuda::Swizzle::bytes128>;
  using TileB = cuda::SharedTile<T, kWgmmaN, kColumns, cuda::Swizzle::bytes128>;
  DYNAMIC_SHARED(memory);
  const TileA a{reinterpret_cast<T*>(memory)};
  const TileB b{reinterpret_cast<T*>(memory + TileA::kBytes)};
  auto* const words = reinterpret_cast<std::uint32_t*>(memory);
  for (unsigned i = threadIdx.x; i < (TileA::kBytes + TileB::kBytes) / 4; i += blockDim.x)
    words[i] = operand<T>(i);
  cuda::fence_proxy_async();
  __syncthreads();

  const int row = static_cast<int>(threadIdx.x / 128) * 64;
  cuda::Accumulator<kWgmmaN> sums = {};
  for (int round = 0; round < rounds; ++round) {
    cuda::wgmma_fence();
#pragma unroll
    for (int step = 0; step < kStepsPerWait; ++step) {
      const int k = step % (kWgmmaK / 32) * kStep;
      cuda::wgmma(sums, cuda::a_operand(a, row, k), cuda::b_operand<kWgmmaN>(b, 0, k));
    }
    cuda::wgmma_commit();
    cuda::wgmma_wait<0>();
  }
  float sum = 0;
  for (const float value : sums.values) sum += value;
  if (sum == 0.123f) *out = sum;
}

__global__ void copy_loop(const float4* from, float4* to, std::int64_t count) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count;
       i += stride)
    to[i] = from[i];
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  const cudaError_t status = cudaDeviceGetAttribute(&value, which, 0);
  require(status == cudaSuccess, "the GPU reports: ", cudaGetErrorString(status));
  return value;
}

// TFLOP/s of a kernel of which every block does `flop` a round.
double tflops(const char* name, void (*kernel)(float*, int), int blocks, int threads,
              std::size_t shared_bytes, double flop) {
  constexpr int kRounds = 4096;
  Tensor out({1}, DType::f32, Device::cuda);
  const int rounds = std::max(1, static_cast<int>(kRounds * 1e6 / flop));
  const cuda::Launch how{name, dim3(blocks), dim3(threads), shared_bytes};
  const double time = median_milliseconds(
      [&](std::int64_t) { cuda::launch(how, kernel, out.mutable_device_data<float>(), rounds); });
  return flop * rounds * blocks / time * 1e-9;
}

template <typename T>
double wgmma_tflops(int processors) {
  constexpr std::size_t kBytes = (64 * kGroups + kWgmmaN) * kWgmmaK;
  constexpr double kMacs = 64.0 * kWgmmaN * (32 / sizeof(T));
  return tflops("wgmma_loop", wgmma_loop<T>, processors, 128 * kGroups, kBytes,
                2 * kMacs * kStepsPerWait * kGroups);
}

double copy_gigabytes(int processors) {
  constexpr std::int64_t kBytes = std::int64_t{1} << 30;
  Tensor from = Tensor::zeros({kBytes}, DType::u8, Device::cuda);
  Tensor to({kBytes}, DType::u8, Device::cuda);
  const cuda::Launch how{"copy_loop", dim3(8 * processors), dim3(512)};
  const double time = median_milliseconds([&](std::int64_t) {
    cuda::launch(how, copy_loop, reinterpret_cast<const float4*>(from.address()),
                 reinterpret_cast<float4*>(to.mutable_address()), kBytes / 16);
  });
  return 2.0 * kBytes / time * 1e-6;
}

}  // namespace

Ceilings measure_ceilings() {
  const int processors = attribute(cudaDevAttrMultiProcessorCount);
  const int blocks = processors * kBlocksPerProcessor;
  constexpr double kWarps = kThreads / 32;
  Ceilings found;
  found.fma = tflops("fma_loop", fma_loop, 4 * blocks, kThreads, 0, 2.0 * 2 * kChains * kThreads);
  found.mma_tf32 =
      tflops("mma_loop", mma_loop<float>, blocks, kThreads, 0, 2.0 * 16 * 8 * 8 * kChains * kWarps);
  found.mma_bf16 = tflops("mma_loop", mma_loop<__nv_bfloat16>, blocks, kThreads, 0,
                          2.0 * 16 * 8 * 16 * kChains * kWarps);
  // wgmma is Hopper's alone.
  const bool hopper = attribute(cudaDevAttrComputeCapabilityMajor) == 9;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  found.wgmma_tf32 = hopper ? wgmma_tflops<float>(processors) : kNone;
  found.wgmma_bf16 = hopper ? wgmma_tflops<__nv_bfloat16>(processors) : kNone;
  found.copy = copy_gigabytes(processors);
  return found;
}

double Ceilings::tflops(Precision precision) const {
  const double tf32 = std::fmax(mma_tf32, wgmma_tf32);  // fmax passes over NaN
  switch (precision) {
    case Precision::fp32: return std::fmax(fma, tf32 / 3);
    case Precision::tf32: return tf32;
    case Precision::bf16: return std::fmax(mma_bf16, wgmma_bf16);
  }
  fail("unknown precision ", static_cast<int>(precision));
}

double Ceilings::percent(Precision precision, double flop, double bytes,
                         double milliseconds) const {
  const double least = std::max(flop / (tflops(precision) * 1e9), bytes / (copy * 1e6));
  return 100 * least / milliseconds;
}

Table table_of(const Ceilings& ceilings) {
  Table table{"ceilings", {"ceiling", "measured", "unit"}, {}};
  table.add({"float32 multiply-add", ceilings.fma, "TFLOP/s"});
  table.add({"mma.sync TF32", ceilings.mma_tf32, "TFLOP/s"});
  table.add({"mma.sync bf16", ceilings.mma_bf16, "TFLOP/s"});
  table.add({"wgmma TF32", ceilings.wgmma_tf32, "TFLOP/s"});
  table.add({"wgmma bf16", ceilings.wgmma_bf16, "TFLOP/s"});
  table.add({"copy", ceilings.copy, "GB/s"});
  return table;
}

}  // namespace backlight::bench
