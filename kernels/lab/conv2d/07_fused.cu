// Convolution 7: bias, ReLU and pooling before anything is stored.
//
// The rows of the GEMM are pixels, but nothing says in which order. Here the four pixels of a
// pooling window are 8 rows apart. The tensor core leaves a lane with rows g and g + 8 of every 16,
// so that all four end up in registers of one thread:
//
//     row     0-7       8-15       16-23        24-31         32-39     ...
//     pixel   top left  top right  bottom left  bottom right  top left  ...
//             of windows 0-7                                  of windows 8-15
//
// The thread adds the bias, takes the maximum and stores one float and one byte. z is never
// written.
//
// Look at: global stores, a quarter of the floats, and no second launch that loads them again.
// Next: each thread still works out addresses for its chunks, again and again.
#include "kernels/lab/conv2d/pooling.h"
#include "kernels/lab/gemm/warp_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kTile = WarpProduct::kTile, kDepth = WarpProduct::kDepth, kStages = 3;
constexpr unsigned kSharedBytes = 2 * kStages * WarpProduct::Tile::kBytes;

// Starts copying the 32 channels from `channel` at one place of the window of 128 pixels.
__device__ __forceinline__ void copy_patches(WarpProduct::Tile tile, const Conv2d& p, int place,
                                             int channel) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = threadIdx.x / 8 + 32 * i, chunk = threadIdx.x % 8 * 4;
    const int window = blockIdx.y * (kTile / 4) + row / 32 * 8 + row % 8, corner = row / 8 % 4;
    const int window_row = window / (p.w / 2), image = window_row / (p.h / 2);
    const int y = window_row % (p.h / 2) * 2 + corner / 2 + place / 3 - 1;
    const int x = window % (p.w / 2) * 2 + corner % 2 + place % 3 - 1;
    const bool inside = y >= 0 && y < p.h && x >= 0 && x < p.w;
    const int from = inside ? ((image * p.h + y) * p.w + x) * p.c + channel + chunk : 0;
    cp_async<16>(tile.at(row, chunk), &p.x[from], inside ? 16 : 0);
  }
}

struct PooledProduct : WarpProduct {
  __device__ __forceinline__ void store_pooled(const Conv2d& p) const {
    const int lane = lane_id();
#pragma unroll
    for (int windows = 0; windows < 2; ++windows)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const float* const top = sums[2 * windows][j].values;
        const float* const bottom = sums[2 * windows + 1][j].values;
        const int window = blockIdx.y * (kTile / 4) + first_row / 4 + 8 * windows + lane / 4;
        const int o = blockIdx.x * kTile + first_column + 8 * j + FragmentD::column(lane, 0);
        const Pooled a = pool(top[0], top[2], bottom[0], bottom[2], p.bias[o]);
        const Pooled b = pool(top[1], top[3], bottom[1], bottom[3], p.bias[o + 1]);
        store_vector(&p.y[window * p.o + o], float2{a.value, b.value});
        *reinterpret_cast<std::uint16_t*>(&p.index[window * p.o + o]) =
            static_cast<std::uint16_t>(a.index | b.index << 8);
      }
  }
};

__global__ void __launch_bounds__(WarpProduct::kThreads, 2) conv2d_fused_kernel(Conv2d p) {
  DYNAMIC_SHARED(memory);
  const auto tile = [&](int i) {
    return WarpProduct::Tile{reinterpret_cast<float*>(memory + i * WarpProduct::Tile::kBytes)};
  };
  const float* const weight = p.weight + blockIdx.x * kTile * 9 * p.c;
  const int steps = 9 * p.c / kDepth;
  const auto copy = [&](int step) {
    if (step < steps) {
      const int k0 = step * kDepth;
      copy_patches(tile(step % kStages), p, k0 / p.c, k0 % p.c);
      copy_tile(tile(kStages + step % kStages), weight + k0, 9 * p.c);
    }
    cp_async_commit();
  };

  PooledProduct product;
  for (int step = 0; step < kStages - 1; ++step) copy(step);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    copy(step + kStages - 1);
    product.add(tile(step % kStages), tile(kStages + step % kStages));
  }
  product.store_pooled(p);
}

}  // namespace

void conv2d_fused(const Conv2d& p) {
  require_tiles(p, 2, 2, kDepth, kTile);
  require_pixels(p, kTile);
  launch(described("conv2d_fused", dim3(p.o / kTile, p.pixels() / kTile),
                   dim3(WarpProduct::kThreads), p, kSharedBytes),
         conv2d_fused_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
