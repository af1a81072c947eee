// The second kernel of the rungs that compute the convolution alone: y = maxpool(relu(z + bias)).
// Reads all of z, four times y's size, that the first kernel has just written.
#include "kernels/lab/conv2d/pooling.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void bias_relu_pool_kernel(Conv2d p) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const int channel = i % p.o, window = i / p.o;
  if (window >= p.n * p.h * p.w / 4) return;
  const int row = window / (p.w / 2) * 2, column = window % (p.w / 2) * 2;  // rows of all images
  const float* const z = p.z + (row * p.w + column) * p.o + channel;
  const int down = p.w * p.o;
  const Pooled pooled = pool(z[0], z[p.o], z[down], z[down + p.o], p.bias[channel]);
  p.y[i] = pooled.value;
  p.index[i] = pooled.index;
}

}  // namespace

void bias_relu_pool(const Conv2d& p) {
  constexpr int kThreads = 256;
  const int count = p.pixels() / 4 * p.o;
  Launch how = described("bias_relu_pool", dim3(div_up(count, kThreads)), dim3(kThreads), p);
  how.flop = 5.0 * count;
  how.bytes = 21.0 * count;
  launch(how, bias_relu_pool_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
