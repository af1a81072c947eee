// Softmax 1: one thread a row.
//
//     y_i = exp(x_i - max x) / sum_j exp(x_j - max x)
//
// The three loops of the formula: the maximum (without which exp would overflow), the sum, the
// quotients. Neighbouring threads are in neighbouring rows, so that the lanes of a warp are a whole
// row apart.
//
// Look at: sectors per request, 32 of 32; loads, three for each element.
// Next: let a whole block share a row.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void softmax_thread_a_row_kernel(Softmax p) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= p.rows) return;
  const float* const x = p.x + row * p.columns;
  float most = x[0], sum = 0;
  for (int i = 1; i < p.columns; ++i) most = fmaxf(most, x[i]);
  for (int i = 0; i < p.columns; ++i) sum += expf(x[i] - most);
  for (int i = 0; i < p.columns; ++i) p.y[row * p.columns + i] = expf(x[i] - most) / sum;
}

}  // namespace

void softmax_thread_a_row(const Softmax& p) {
  constexpr int kThreads = 64;
  launch(described("softmax_thread_a_row", dim3(div_up(p.rows, kThreads)), dim3(kThreads), p),
         softmax_thread_a_row_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
