// Convolution 1: one thread for each element, as the formula says.
//
//     z[n,p,q,o] = sum_{r,s,c} x[n, p + r - 1, q + s - 1, c] w[o,r,s,c]
//
// Neighbouring threads get neighbouring pixels of a row, as is natural where images are stored one
// channel after another. Here the channels come last: the pixels are C floats apart, and the 32
// lanes of a warp touch 32 sectors.
//
// Look at: sectors per request. x's loads and z's stores need 32, the weights' (one for all) 1.
// Next: give the lanes of a warp neighbouring channels.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void conv2d_direct_kernel(Conv2d p) {
  const int index = blockIdx.x * blockDim.x + threadIdx.x;
  const int pixels = p.n * p.h * p.w, pixel = index % pixels, o = index / pixels;
  if (o >= p.o) return;
  const int column = pixel % p.w, row = pixel / p.w % p.h, image = pixel / (p.w * p.h);
  float sum = 0;
  for (int r = 0; r < 3; ++r)
    for (int s = 0; s < 3; ++s) {
      const int y = row + r - 1, x = column + s - 1;
      if (y < 0 || y >= p.h || x < 0 || x >= p.w) continue;
      const float* const from = p.x + ((image * p.h + y) * p.w + x) * p.c;
      const float* const weight = p.weight + ((o * 3 + r) * 3 + s) * p.c;
      for (int c = 0; c < p.c; ++c) sum += from[c] * weight[c];
    }
  p.z[pixel * p.o + o] = sum;
}

}  // namespace

void conv2d_direct(const Conv2d& p) {
  constexpr int kThreads = 256;
  launch(described("conv2d_direct", dim3(div_up(p.pixels() * p.o, kThreads)), dim3(kThreads), p),
         conv2d_direct_kernel, p);
  bias_relu_pool(p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
