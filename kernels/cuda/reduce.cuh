// Adding up within a block, in an order that depends on nothing but its shape.
#pragma once

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// The threads of a block as `lanes` rows of `columns` (thread lane * columns + column; any that are
// left over take no part). Adds, for each column and each of kTerms, the numbers of all lanes:
// sums[term * blockDim.x + thread] must be filled; afterwards lane 0 holds the totals. In each
// round the lower half of the lanes takes the upper half's numbers, a tree that always has the same
// branches. All threads of the block call it.
template <int kTerms>
__device__ __forceinline__ void add_lanes(double* sums, int columns, int lanes) {
  const int thread = static_cast<int>(threadIdx.x), lane = thread / columns;
  const int threads = static_cast<int>(blockDim.x);
  __syncthreads();
  for (int active = lanes; active > 1;) {
    const int half = (active + 1) / 2;
    if (lane + half < active)
#pragma unroll
      for (int term = 0; term < kTerms; ++term)
        sums[term * threads + thread] += sums[term * threads + thread + half * columns];
    active = half;
    __syncthreads();
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
