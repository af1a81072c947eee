// Convolution 2: neighbouring threads, neighbouring output channels.
//
// All lanes of a warp are at one pixel: a load of x is one sector for all of them, and their
// results lie side by side. So must their weights: they are packed beforehand as [3,3,C,O], once,
// as a layer does when it is loaded.
//
// Look at: sectors per request, 32 + 1 before, 1 + 4 now. The requests are as many as before.
// Next: a pixel of x is fetched nine times, once for each place in the window.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void conv2d_channels_last_kernel(Conv2d p) {
  const int index = blockIdx.x * blockDim.x + threadIdx.x;
  const int pixel = index / p.o, o = index % p.o;
  if (pixel >= p.n * p.h * p.w) return;
  const int column = pixel % p.w, row = pixel / p.w % p.h, image = pixel / (p.w * p.h);
  float sum = 0;
  for (int r = 0; r < 3; ++r)
    for (int s = 0; s < 3; ++s) {
      const int y = row + r - 1, x = column + s - 1;
      if (y < 0 || y >= p.h || x < 0 || x >= p.w) continue;
      const float* const from = p.x + ((image * p.h + y) * p.w + x) * p.c;
      const float* const weight = p.packed + (r * 3 + s) * p.c * p.o + o;
      for (int c = 0; c < p.c; ++c) sum += from[c] * weight[c * p.o];
    }
  p.z[pixel * p.o + o] = sum;
}

}  // namespace

void conv2d_channels_last(const Conv2d& p) {
  constexpr int kThreads = 256;
  launch(described("conv2d_channels_last", dim3(div_up(p.pixels() * p.o, kThreads)), dim3(kThreads),
                   p),
         conv2d_channels_last_kernel, p);
  bias_relu_pool(p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
