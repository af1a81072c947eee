// Convolution 6: the implicit GEMM on tensor cores.
//
// GEMM 9 with another loader. cp.async has just what padding needs: told to take 0 of the 16 bytes
// from memory, it reads nothing and writes zeros. A tile's 32 columns are channels of one place in
// the window, so that a step has one shift for all pixels.
//
// Look at: no global loads, no shared loads; mma as in GEMM 8, and no bank conflicts.
// Next: z is written only to be read once more and thrown away.
#include "kernels/lab/gemm/warp_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = WarpProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth, kStages = 3;
constexpr unsigned kSharedBytes = 2 * kStages * Product::Tile::kBytes;

// Starts copying the 32 channels from `channel` at one place of the window of 128 pixels.
__device__ __forceinline__ void copy_patches(Product::Tile tile, const Conv2d& p, int first_pixel,
                                             int place, int channel) {
  const int down = place / 3 - 1, right = place % 3 - 1;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = threadIdx.x / 8 + 32 * i, chunk = threadIdx.x % 8 * 4;
    const int pixel = first_pixel + row;
    const int y = pixel / p.w % p.h + down, x = pixel % p.w + right;
    const bool inside = y >= 0 && y < p.h && x >= 0 && x < p.w;
    const int from = inside ? (pixel + down * p.w + right) * p.c + channel + chunk : 0;
    cp_async<16>(tile.at(row, chunk), &p.x[from], inside ? 16 : 0);
  }
}

__global__ void __launch_bounds__(Product::kThreads, 2) conv2d_tensor_cores_kernel(Conv2d p) {
  DYNAMIC_SHARED(memory);
  const auto tile = [&](int i) {
    return Product::Tile{reinterpret_cast<float*>(memory + i * Product::Tile::kBytes)};
  };
  const float* const weight = p.weight + blockIdx.x * kTile * 9 * p.c;
  const int steps = 9 * p.c / kDepth;
  const auto copy = [&](int step) {
    if (step < steps) {
      const int k0 = step * kDepth;
      copy_patches(tile(step % kStages), p, blockIdx.y * kTile, k0 / p.c, k0 % p.c);
      copy_tile(tile(kStages + step % kStages), weight + k0, 9 * p.c);
    }
    cp_async_commit();
  };

  Product product;
  for (int step = 0; step < kStages - 1; ++step) copy(step);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    copy(step + kStages - 1);
    product.add(tile(step % kStages), tile(kStages + step % kStages));
  }
  product.store(p.z + blockIdx.y * kTile * p.o + blockIdx.x * kTile, p.o);
}

}  // namespace

void conv2d_tensor_cores(const Conv2d& p) {
  require_tiles(p, 1, 1, kDepth, kTile);
  require_pixels(p, kTile);
  launch(described("conv2d_tensor_cores", dim3(p.o / kTile, p.pixels() / kTile),
                   dim3(Product::kThreads), p, kSharedBytes),
         conv2d_tensor_cores_kernel, p);
  bias_relu_pool(p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
