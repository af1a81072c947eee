// Softmax 3: one warp a row, joined by shuffles.
//
// The lanes of a warp can read each other's registers. Five exchanges with the lane 16, 8, 4, 2, 1
// away leave the maximum of all 32 in every lane: no shared memory, no barrier, no thread that
// waits for another row's. A block is eight warps with a row each.
//
// Look at: barriers and shared accesses, none; shuffles, 10 a row.
// Next: x is still read three times.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr unsigned kAllLanes = 0xffffffff;

__device__ float warp_max(float value) {
  for (int away = 16; away > 0; away /= 2)
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, away));
  return value;
}

__device__ float warp_sum(float value) {
  for (int away = 16; away > 0; away /= 2) value += __shfl_xor_sync(kAllLanes, value, away);
  return value;
}

__global__ void softmax_warp_a_row_kernel(Softmax p) {
  const int lane = threadIdx.x, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= p.rows) return;  // the whole warp
  const float* const x = p.x + row * p.columns;
  float most = -INFINITY, sum = 0;
  for (int i = lane; i < p.columns; i += 32) most = fmaxf(most, x[i]);
  most = warp_max(most);
  for (int i = lane; i < p.columns; i += 32) sum += expf(x[i] - most);
  sum = warp_sum(sum);
  for (int i = lane; i < p.columns; i += 32) p.y[row * p.columns + i] = expf(x[i] - most) / sum;
}

}  // namespace

void softmax_warp_a_row(const Softmax& p) {
  constexpr int kWarps = 8;
  launch(described("softmax_warp_a_row", dim3(div_up(p.rows, kWarps)), dim3(32, kWarps), p),
         softmax_warp_a_row_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
