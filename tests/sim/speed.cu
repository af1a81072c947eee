// Kernels whose time is known: what a barrier, a shuffle and a checked access cost.
#include "kernels/cuda/gpu.h"
#include "tests/sim/kernels.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

__global__ void many_barriers(int times) {
  for (int i = 0; i < times; ++i) __syncthreads();
}

__global__ void many_shuffles(float* out, int times) {
  float x = static_cast<float>(threadIdx.x);
  for (int i = 0; i < times; ++i) x += __shfl_xor_sync(0xffffffff, x, 1);
  out[blockIdx.x * blockDim.x + threadIdx.x] = x;
}

// Each thread walks over shared memory, two reads and a write at a time.
__global__ void many_shared_accesses(float* out, int times) {
  SHARED(tile, float[4096]);
  for (unsigned i = threadIdx.x; i < 4096; i += blockDim.x) tile[i] = 1;
  __syncthreads();
  float sum = 0;
  for (int i = 0; i < times; ++i) sum += tile[(threadIdx.x + 32 * i) % 4096];
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

__global__ void many_global_accesses(const float* in, float* out, int times) {
  float sum = 0;
  for (int i = 0; i < times; ++i) sum += in[(threadIdx.x + 256 * i) % 65536];
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

}  // namespace

void run_barriers(int times) {
  launch({.kernel = "barriers", .block = dim3(256)}, many_barriers, times);
}
void run_shuffles(float* out, int times) {
  launch({.kernel = "shuffles", .block = dim3(256)}, many_shuffles, out, times);
}
void run_shared(float* out, int times) {
  launch({.kernel = "shared", .block = dim3(256)}, many_shared_accesses, out, times);
}
void run_global(const float* in, float* out, int times) {
  launch({.kernel = "global", .block = dim3(256)}, many_global_accesses, in, out, times);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
