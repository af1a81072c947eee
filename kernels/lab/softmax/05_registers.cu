// Softmax 5: the row stays in registers.
//
// A row of up to 1024 floats is 32 for each lane. Loaded once, 16 bytes at a time, they stay in
// registers, and the maximum, the sum and the quotients cost no memory at all; the trick of rung 4
// is not needed. How many registers is known to the compiler, so the row's length is restricted.
//
// Look at: global loads, one request for 128 elements, one read for each. That is the least there
// is: from here on only the width of the memory counts.
// Next: the shipped kernel, for rows of any length.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kMostFours = 8, kStep = 4 * 32;  // floats that a warp loads at once

__global__ void softmax_registers_kernel(Softmax p) {
  const int lane = threadIdx.x, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= p.rows) return;  // the whole warp
  const int first = row * p.columns + 4 * lane, count = p.columns / kStep;

  Four x[kMostFours];
  float most = -INFINITY, sum = 0;
#pragma unroll
  for (int i = 0; i < kMostFours; ++i) {
    x[i] = i < count ? load_vector<Four>(&p.x[first + i * kStep])
                     : Four{-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    for (const float value : x[i].at) most = fmaxf(most, value);
  }
  for (int away = 16; away > 0; away /= 2)
    most = fmaxf(most, __shfl_xor_sync(0xffffffff, most, away));
#pragma unroll
  for (int i = 0; i < kMostFours; ++i)
    for (float& value : x[i].at) sum += value = expf(value - most);
  for (int away = 16; away > 0; away /= 2) sum += __shfl_xor_sync(0xffffffff, sum, away);
#pragma unroll
  for (int i = 0; i < kMostFours; ++i) {
    for (float& value : x[i].at) value /= sum;
    if (i < count) store_vector(&p.y[first + i * kStep], x[i]);
  }
}

}  // namespace

void softmax_registers(const Softmax& p) {
  constexpr int kWarps = 8;
  require(p.columns % kStep == 0 && p.columns <= kMostFours * kStep,
          "this rung takes rows of a multiple of ", kStep, " up to ", kMostFours * kStep,
          " floats, not ", p.shapes());
  launch(described("softmax_registers", dim3(div_up(p.rows, kWarps)), dim3(32, kWarps), p),
         softmax_registers_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
