// Softmax 4: maximum and sum in one pass.
//
// A sum of exp(x - m) for an old maximum m is corrected for a new one, m', by the factor exp(m -
// m'). So a lane can keep the sum up to date while the maximum grows, and two lanes' pairs (m, sum)
// can be joined in the same way.
// Source: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018. Attention in
// tiles (FlashAttention) rests on this.
//
// Look at: global loads, two for each element where there were three.
// Next: the second one could be spared as well, and four loads be one.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

// sum = sum of exp(x - most) over some x.
struct Partial {
  float most, sum;
};

__device__ Partial joined(Partial a, Partial b) {
  const float most = fmaxf(a.most, b.most);
  return {most, a.sum * expf(a.most - most) + b.sum * expf(b.most - most)};
}

__global__ void softmax_online_kernel(Softmax p) {
  const int lane = threadIdx.x, row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= p.rows) return;  // the whole warp
  const float* const x = p.x + row * p.columns;
  Partial all{x[lane], 1};
  for (int i = lane + 32; i < p.columns; i += 32) all = joined(all, {x[i], 1});
  for (int away = 16; away > 0; away /= 2)
    all = joined(all, {__shfl_xor_sync(0xffffffff, all.most, away),
                       __shfl_xor_sync(0xffffffff, all.sum, away)});
  for (int i = lane; i < p.columns; i += 32)
    p.y[row * p.columns + i] = expf(x[i] - all.most) / all.sum;
}

}  // namespace

void softmax_online(const Softmax& p) {
  constexpr int kWarps = 8;
  require(p.columns >= 32, "this rung gives each of 32 lanes an element; a row of ", p.shapes(),
          " has too few");
  launch(described("softmax_online", dim3(div_up(p.rows, kWarps)), dim3(32, kWarps), p),
         softmax_online_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
