// Convolution 3: a tile of x with its halo in shared memory.
//
// A block computes 8x4 pixels of 32 output channels, a thread for each. Their windows reach one
// pixel beyond the tile: 10x6 pixels, the tile with its halo, hold all that the block needs. They
// are brought into shared memory 32 input channels at a time, zeros where they lie outside the
// image, and each is then used by up to nine windows and all 32 output channels.
//
// Look at: global loads, half as many: those of x have all but gone, and the weights' remain.
// Next: every weight is loaded for one product. Give a thread several pixels, to use it more often.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kWidth = 8, kHeight = 4, kChannels = 32;
constexpr int kHaloWidth = kWidth + 2, kHaloHeight = kHeight + 2;

__global__ void conv2d_halo_tile_kernel(Conv2d p) {
  SHARED(halo, float[kHaloHeight][kHaloWidth][kChannels]);
  const int lane = threadIdx.x, tile_row = threadIdx.y / kWidth, tile_column = threadIdx.y % kWidth;
  const int o = blockIdx.x * kChannels + lane;
  const int row0 = blockIdx.y % (p.h / kHeight) * kHeight, image = blockIdx.y / (p.h / kHeight);
  const int column0 = blockIdx.z * kWidth;

  float sum = 0;
  for (int c0 = 0; c0 < p.c; c0 += kChannels) {
    // A warp brings all 32 channels of a pixel.
    for (int i = threadIdx.y; i < kHaloHeight * kHaloWidth; i += kWidth * kHeight) {
      const int y = row0 + i / kHaloWidth - 1, x = column0 + i % kHaloWidth - 1;
      const bool inside = y >= 0 && y < p.h && x >= 0 && x < p.w;
      halo[i / kHaloWidth][i % kHaloWidth][lane] =
          inside ? p.x[((image * p.h + y) * p.w + x) * p.c + c0 + lane] : 0;
    }
    __syncthreads();
    for (int r = 0; r < 3; ++r)
      for (int s = 0; s < 3; ++s) {
        const float* const weight = p.packed + ((r * 3 + s) * p.c + c0) * p.o + o;
        for (int c = 0; c < kChannels; ++c)
          sum += halo[tile_row + r][tile_column + s][c] * weight[c * p.o];
      }
    __syncthreads();
  }
  const int row = image * p.h + row0 + tile_row, column = column0 + tile_column;
  p.z[(row * p.w + column) * p.o + o] = sum;
}

}  // namespace

void conv2d_halo_tile(const Conv2d& p) {
  require_tiles(p, kHeight, kWidth, kChannels, kChannels);
  launch(described("conv2d_halo_tile", dim3(p.o / kChannels, p.n * p.h / kHeight, p.w / kWidth),
                   dim3(kChannels, kWidth * kHeight), p),
         conv2d_halo_tile_kernel, p);
  bias_relu_pool(p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
