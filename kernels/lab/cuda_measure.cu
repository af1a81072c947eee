// The clock of the ladder, and the ceilings its rungs are held against. Only nvcc compiles this.
#include <algorithm>
#include <vector>

#include "kernels/cuda/ptx/wgmma.h"
#include "kernels/lab/measure.h"
#include "kernels/lab/rungs.h"
#include "tensor/storage.h"

namespace backlight::kernels::cuda::lab {
namespace {

using kernels::lab::Ceilings;

void check(cudaError_t status, const char* what) {
  require(status == cudaSuccess, "CUDA could not ", what, ": ", cudaGetErrorString(status));
}

const cudaDeviceProp& properties() {
  static const cudaDeviceProp of_gpu = [] {
    cudaDeviceProp p{};
    check(cudaGetDeviceProperties(&p, 0), "ask the GPU");
    return p;
  }();
  return of_gpu;
}

// Fills the caches with something else.
void flush_caches() {
  static Storage* const buffer =
      new Storage(4 * static_cast<std::size_t>(properties().l2CacheSize), Device::cuda);
  check(cudaMemsetAsync(buffer->mutable_data(), 0, buffer->size(), current_stream()),
        "flush the caches");
}

struct Events {
  cudaEvent_t start = nullptr, stop = nullptr;
  Events() {
    check(cudaEventCreate(&start), "make an event");
    check(cudaEventCreate(&stop), "make an event");
  }
  ~Events() {
    (void)cudaEventDestroy(start);
    (void)cudaEventDestroy(stop);
  }
};

double seconds_once(const Events& events, const std::function<void()>& run) {
  flush_caches();
  check(cudaEventRecord(events.start, current_stream()), "start the clock");
  run();
  check(cudaEventRecord(events.stop, current_stream()), "stop the clock");
  check(cudaEventSynchronize(events.stop), "finish the work on the GPU");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, events.start, events.stop), "read the clock");
  return 1e-3 * milliseconds;
}

// --- Ceilings: loops of nothing but one instruction. What they compute is stored only if it is a
// --- number it never is, so that the compiler must compute it.

constexpr int kRounds = 4096, kChains = 8;

__global__ void fma_ceiling(float* never) {
  float chains[kChains];
  for (int c = 0; c < kChains; ++c) chains[c] = static_cast<float>(threadIdx.x + c);
  for (int round = 0; round < kRounds; ++round)
#pragma unroll
    for (int c = 0; c < kChains; ++c) chains[c] = chains[c] * 0.999f + 0.001f;
  float sum = 0;
  for (int c = 0; c < kChains; ++c) sum += chains[c];
  if (sum == -1) *never = sum;
}

__global__ void mma_ceiling(float* never) {
  FragmentA<float> a = {};
  FragmentB<float> b = {};
  a.registers[0] = b.registers[0] = threadIdx.x;
  FragmentD chains[kChains] = {};
  for (int round = 0; round < kRounds; ++round)
#pragma unroll
    for (int c = 0; c < kChains; ++c) mma(chains[c], a, b);
  float sum = 0;
  for (int c = 0; c < kChains; ++c) sum += chains[c].values[0];
  if (sum == -1) *never = sum;
}

constexpr int kColumns = 256, kDepth = 32;

__global__ void __launch_bounds__(256) wgmma_ceiling(float* never) {
  using TileA = SharedTile<float, 128, kDepth, Swizzle::bytes128>;
  using TileB = SharedTile<float, kColumns, kDepth, Swizzle::bytes128>;
  DYNAMIC_SHARED(memory);
  const TileA a{reinterpret_cast<float*>(memory)};
  const TileB b{reinterpret_cast<float*>(memory + TileA::kBytes)};
  for (unsigned i = threadIdx.x; i < (TileA::kBytes + TileB::kBytes) / sizeof(float); i += 256)
    reinterpret_cast<float*>(memory)[i] = 0;
  __syncthreads();
  Accumulator<kColumns> sums = {};
  wgmma_fence(sums);
  for (int round = 0; round < kRounds / 4; ++round) {
    wgmma_fence();
    for (int k = 0; k < kDepth; k += 8)
      wgmma(sums, a_operand(a, threadIdx.x / 128 * 64, k), b_operand<kColumns>(b, 0, k));
    wgmma_commit();
    wgmma_wait<1>();
  }
  wgmma_wait<0>(sums);
  if (sums.values[0] == -1) *never = sums.values[0];
}

// Operations a second of a ceiling's kernel, of which a warp (or warpgroup) does `flop` in all.
double rate(const char* name, void (*kernel)(float*), int blocks, int threads,
            std::size_t shared_bytes, double flop) {
  static Storage* const never = new Storage(sizeof(float), Device::cuda);
  const double seconds = median_seconds([&] {
    launch({.kernel = name,
            .grid = dim3(blocks),
            .block = dim3(threads),
            .shared_bytes = shared_bytes},
           kernel, reinterpret_cast<float*>(never->mutable_data()));
  });
  return flop * blocks / seconds;
}

double copy_rate() {
  constexpr std::size_t kBytes = std::size_t{512} << 20;
  Storage from(kBytes, Device::cuda), to(kBytes, Device::cuda);
  const double seconds = median_seconds([&] {
    check(cudaMemcpyAsync(to.mutable_data(), from.data(), kBytes, cudaMemcpyDeviceToDevice,
                          current_stream()),
          "copy on the GPU");
  });
  return 2.0 * kBytes / seconds;
}

}  // namespace

double median_seconds(const std::function<void()>& run) {
  constexpr int kWarmUp = 3, kFewest = 5, kMost = 50;
  constexpr double kEnough = 1;  // second of measured time
  const Events events;
  for (int i = 0; i < kWarmUp; ++i) seconds_once(events, run);
  std::vector<double> times;
  double total = 0;
  for (int i = 0; i < kMost && (i < kFewest || total < kEnough); ++i) {
    times.push_back(seconds_once(events, run));
    total += times.back();
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

bool is_hopper() { return properties().major == 9; }

Ceilings measured_ceilings() {
  // Enough blocks that each multiprocessor has several rounds of as many as it holds.
  const int blocks = 32 * properties().multiProcessorCount, threads = 256;
  constexpr double kChainSteps = 1.0 * kRounds * kChains;
  Ceilings ceilings;
  ceilings.fp32 = rate("fma_ceiling", fma_ceiling, blocks, threads, 0, 2.0 * threads * kChainSteps);
  ceilings.mma = rate("mma_ceiling", mma_ceiling, blocks, threads, 0,
                      2.0 * 16 * 8 * 8 * (threads / 32) * kChainSteps);
  if (is_hopper())
    ceilings.wgmma = rate("wgmma_ceiling", wgmma_ceiling, blocks, threads,
                          (128 + kColumns) * kDepth * sizeof(float),
                          2.0 * 64 * kColumns * 8 * (threads / 128) * kRounds);
  ceilings.copy = copy_rate();
  return ceilings;
}

}  // namespace backlight::kernels::cuda::lab
