// DeepLIFT's multipliers. A thread has one element of a row; the rows are the grid's second axis,
// and row 0, which each of them reads, is in the cache.
#include "kernels/multipliers.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

constexpr int kRows = 65535;  // of one launch: the limit of a grid's second axis

// NaN is not below 0 and passes.
__device__ __forceinline__ float rectified(float v) { return v < 0 ? 0.0f : v; }

template <int kWidth>
__global__ void __launch_bounds__(kThreads)
    relu_multipliers_kernel(const float* __restrict__ g, const float* __restrict__ first,
                            const float* __restrict__ x, float* __restrict__ m, std::int64_t row,
                            float threshold) {
  const std::int64_t i = (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) * kWidth;
  if (i >= row) return;
  const std::int64_t at = blockIdx.y * row + i;
  const Floats<kWidth> a = load_floats<kWidth>(first + i), b = load_floats<kWidth>(x + at);
  Floats<kWidth> v = load_floats<kWidth>(g + at);
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    const float dx = a.at[l] - b.at[l], dy = rectified(a.at[l]) - rectified(b.at[l]);
    const float gradient = b.at[l] > 0 ? 1.0f : 0.0f;
    v.at[l] *= fabsf(dx) > threshold ? dy / dx : gradient;
  }
  store_floats<kWidth>(m + at, v);
}

// Extents of the pooling of one row, [height, width, channels].
struct Windows {
  std::int64_t width, out_width, channels, window, stride;

  // Where in a row the window of pooled element i begins.
  __device__ std::int64_t corner(std::int64_t i) const {
    const std::int64_t pixel = i / channels, channel = i - pixel * channels;
    const std::int64_t p = pixel / out_width, q = pixel - p * out_width;
    return (p * stride * width + q * stride) * channels + channel;
  }
  __device__ std::int64_t offset(std::int64_t position) const {
    return (position / window * width + position % window) * channels;
  }
};

// `first` and `own_first` are row 0 of the input and of its places, the others begin at the first
// row of this launch.
__global__ void __launch_bounds__(kThreads) max_pool2d_multipliers_kernel(
    const float* __restrict__ g, const float* __restrict__ first, const float* __restrict__ x,
    const std::uint8_t* __restrict__ own_first, const std::uint8_t* __restrict__ own,
    float* __restrict__ m, std::uint8_t* __restrict__ places, std::int64_t row,
    std::int64_t pooled_row, Windows w, float threshold, float at_ties) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= pooled_row) return;
  const std::int64_t at = blockIdx.y * pooled_row + i, corner = w.corner(i);
  const float *a = first + corner, *b = x + blockIdx.y * row + corner;
  const std::uint8_t mine = own[at];
  const float dy = a[w.offset(own_first[i])] - b[w.offset(mine)];
  const std::uint8_t place = dy > 0 ? own_first[i] : mine;
  const float dx = a[w.offset(place)] - b[w.offset(place)];
  const float gradient = place == mine ? at_ties : 0.0f;
  m[at] = g[at] * (fabsf(dx) > threshold ? dy / dx : gradient);
  places[at] = place;
}

// Calls f(first row, rows) for as many rows as a launch can have.
template <typename F>
void in_launches(std::int64_t rows, F&& f) {
  for (std::int64_t n = 0; n < rows; n += kRows) f(n, std::min<std::int64_t>(kRows, rows - n));
}

dim3 grid_of(std::int64_t row, int width, std::int64_t rows) {
  return dim3(blocks_for(row, kThreads * width).x, static_cast<unsigned>(rows));
}

}  // namespace

Tensor GpuBackend::relu_multipliers(const Tensor& g, const Tensor& x, double threshold) const {
  require_float32("relu_multipliers", x);
  Tensor m(x.shape(), DType::f32, x.device());
  if (x.numel() == 0) return m;
  const std::int64_t row = x.numel() / x.dim(0);
  const float *cotangents = g.device_data<float>(), *from = x.device_data<float>();
  float* to = m.mutable_device_data<float>();
  const bool vectors = row % 4 == 0 && is_aligned(cotangents) && is_aligned(from);
  in_launches(x.dim(0), [&](std::int64_t n, std::int64_t rows) {
    with_width(vectors, [&](auto width) {
      constexpr int kWidth = decltype(width)::value;
      launch({.kernel = "relu_multipliers",
              .grid = grid_of(row, kWidth, rows),
              .block = dim3(kThreads),
              .shapes = str(x.shape()),
              .flop = 4 * static_cast<double>(rows * row),
              .bytes = 3 * static_cast<double>(rows * row) * sizeof(float)},
             relu_multipliers_kernel<kWidth>, cotangents + n * row, from, from + n * row,
             to + n * row, row, static_cast<float>(threshold));
    });
  });
  return m;
}

PoolMultipliers GpuBackend::max_pool2d_multipliers(const Tensor& g, const Tensor& x,
                                                   const PoolIndex& index, double threshold,
                                                   double at_ties) const {
  require_float32("max_pool2d_multipliers", x);
  PoolMultipliers m{Tensor(g.shape(), DType::f32, g.device()), index};
  m.index.position = Tensor(g.shape(), DType::u8, g.device());
  if (g.numel() == 0) return m;
  const std::int64_t row = x.numel() / x.dim(0), pooled = g.numel() / g.dim(0);
  const Windows windows{x.dim(2), g.dim(2), x.dim(3), index.geometry.window, index.geometry.stride};
  const float *cotangents = g.device_data<float>(), *from = x.device_data<float>();
  const auto* own = index.position.device_data<std::uint8_t>();
  float* to = m.values.mutable_device_data<float>();
  auto* places = m.index.position.mutable_device_data<std::uint8_t>();
  in_launches(g.dim(0), [&](std::int64_t n, std::int64_t rows) {
    launch({.kernel = "max_pool2d_multipliers",
            .grid = grid_of(pooled, 1, rows),
            .block = dim3(kThreads),
            .shapes = str(x.shape(), " to ", g.shape()),
            .flop = 4 * static_cast<double>(rows * pooled),
            .bytes = static_cast<double>(rows * pooled) * (5 * sizeof(float) + 2)},
           max_pool2d_multipliers_kernel, cotangents + n * pooled, from, from + n * row, own,
           own + n * pooled, to + n * pooled, places + n * pooled, row, pooled, windows,
           static_cast<float>(threshold), static_cast<float>(at_ties));
  });
  return m;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
