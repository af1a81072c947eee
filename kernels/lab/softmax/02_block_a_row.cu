// Softmax 2: one block a row, joined in shared memory.
//
// 256 threads go along a row side by side, each with a maximum of its own. Then the 256 maxima are
// joined: half the threads take a second one, then a quarter, and so on, with a barrier after every
// step. The sum goes the same way.
//
// Look at: sectors per request, 4 where there were 32; barriers, 20 a row.
// Next: the barriers, at most of which most threads have nothing to do.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kThreads = 256;

// join(value of thread 0, join(value of thread 1, ...)), for every thread. `values` is overwritten.
template <typename Join>
__device__ float join_block(float value, float (&values)[kThreads], Join join) {
  const int thread = threadIdx.x;
  values[thread] = value;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (thread < half) values[thread] = join(values[thread], values[thread + half]);
    __syncthreads();
  }
  const float joined = values[0];
  __syncthreads();  // all have read it before it is overwritten
  return joined;
}

__global__ void softmax_block_a_row_kernel(Softmax p) {
  SHARED(values, float[kThreads]);
  const float* const x = p.x + blockIdx.x * p.columns;
  float* const y = p.y + blockIdx.x * p.columns;
  const int thread = threadIdx.x;
  float most = -INFINITY, sum = 0;
  for (int i = thread; i < p.columns; i += kThreads) most = fmaxf(most, x[i]);
  most = join_block(most, values, [](float a, float b) { return fmaxf(a, b); });
  for (int i = thread; i < p.columns; i += kThreads) sum += expf(x[i] - most);
  sum = join_block(sum, values, [](float a, float b) { return a + b; });
  for (int i = thread; i < p.columns; i += kThreads) y[i] = expf(x[i] - most) / sum;
}

}  // namespace

void softmax_block_a_row(const Softmax& p) {
  launch(described("softmax_block_a_row", dim3(p.rows), dim3(kThreads), p),
         softmax_block_a_row_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
