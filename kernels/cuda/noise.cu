// Random numbers: a thread makes four, the output of one Philox call.
//
// SmoothGrad's noise is not drawn as the first convolution loads its input, which would draw each
// number once for every window it is in. By count, for 500 samples of ten photos on an H200: nine
// times 40 operations a number take over a millisecond; writing the noisy photos and reading them
// again, at 4.3 TB/s, half of one.
#include "kernels/noise.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/philox.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

constexpr int kNumbers = 4;  // of a Philox call
constexpr unsigned kMostGridRows = 65535;

// Four numbers from i on, or as many as there are before the end. kWidth is that of the accesses.
template <int kWidth>
__device__ __forceinline__ Floats<kNumbers> load_four(const float* from, std::int64_t i,
                                                      std::int64_t count) {
  if (kWidth == kNumbers && i + kNumbers <= count) return load_floats<kNumbers>(from + i);
  Floats<kNumbers> v = {};
#pragma unroll
  for (int l = 0; l < kNumbers; ++l)
    if (i + l < count) v.at[l] = from[i + l];
  return v;
}

template <int kWidth>
__device__ __forceinline__ void store_four(float* to, std::int64_t i, std::int64_t count,
                                           const Floats<kNumbers>& v) {
  if (kWidth == kNumbers && i + kNumbers <= count) {
    store_floats<kNumbers>(to + i, v);
    return;
  }
#pragma unroll
  for (int l = 0; l < kNumbers; ++l)
    if (i + l < count) to[i + l] = v.at[l];
}

// y[n, i] = x[i] + sigma e, where e is the normal number of (seed, first_sample + n, i). Rows of
// blocks take the samples in turns; the numbers of a sample depend on nothing else.
template <int kWidth>
__global__ void __launch_bounds__(kThreads)
    add_noise_kernel(const float* __restrict__ x, float* __restrict__ y, std::int64_t size,
                     std::int64_t samples, float sigma, std::uint64_t seed,
                     std::uint64_t first_sample) {
  const std::int64_t quad = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t i = quad * kNumbers;
  if (i >= size) return;
  const Floats<kNumbers> v = load_four<kWidth>(x, i, size);
  for (std::int64_t n = blockIdx.y; n < samples; n += gridDim.y) {
    const DevicePhilox philox{seed, first_sample + static_cast<std::uint64_t>(n)};
    const float4 e = normals_of(philox.bits(static_cast<std::uint64_t>(quad)));
    store_four<kWidth>(y + n * size, i, size,
                       {{v.at[0] + sigma * e.x, v.at[1] + sigma * e.y, v.at[2] + sigma * e.z,
                         v.at[3] + sigma * e.w}});
  }
}

// y[i] = the uniform number of (seed, stream, i) >= p ? scale : 0
__global__ void __launch_bounds__(kThreads)
    dropout_mask_kernel(float* __restrict__ y, std::int64_t count, DevicePhilox philox, float p,
                        float scale) {
  const std::int64_t quad = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t i = quad * kNumbers;
  if (i >= count) return;
  const uint4 bits = philox.bits(static_cast<std::uint64_t>(quad));
  const auto kept = [=](std::uint32_t b) { return uniform_of(b) >= p ? scale : 0.0f; };
  store_four<kNumbers>(y, i, count, {{kept(bits.x), kept(bits.y), kept(bits.z), kept(bits.w)}});
}

// Integer and float operations of four normal numbers: ten rounds, and Box and Muller.
constexpr double kFlopOfFour = 10 * 8 + 2 * 40;

}  // namespace

Tensor GpuBackend::add_noise(const Tensor& x, double sigma, std::uint64_t seed,
                             std::uint64_t first_sample, std::int64_t count) const {
  require_float32("add_noise", x);
  Tensor y(x.shape().with(0, count), DType::f32, x.device());
  const std::int64_t size = x.numel();
  if (y.numel() == 0) return y;
  dim3 grid = blocks_for(size, kThreads * kNumbers);
  grid.y = static_cast<unsigned>(std::min<std::int64_t>(count, kMostGridRows));
  const float* from = x.device_data<float>();
  with_width(size % kNumbers == 0 && is_aligned(from), [&](auto width) {
    launch({.kernel = "add_noise",
            .grid = grid,
            .block = dim3(kThreads),
            .shapes = str(x.shape(), " to ", y.shape()),
            .flop = kFlopOfFour / kNumbers * static_cast<double>(y.numel()),
            .bytes = bytes_of({&x, &y})},
           add_noise_kernel<decltype(width)::value>, from, y.mutable_device_data<float>(), size,
           count, static_cast<float>(sigma), seed, first_sample);
  });
  return y;
}

Tensor GpuBackend::dropout_mask(const Shape& shape, double p, std::uint64_t seed,
                                std::uint64_t stream, DType dtype) const {
  Tensor mask(shape, dtype, Device::BACKLIGHT_GPU);
  require_float32("dropout", mask);
  if (mask.numel() == 0) return mask;
  launch({.kernel = "dropout_mask",
          .grid = blocks_for(mask.numel(), kThreads * kNumbers),
          .block = dim3(kThreads),
          .shapes = str(shape),
          .bytes = bytes_of({&mask})},
         dropout_mask_kernel, mask.mutable_device_data<float>(), mask.numel(),
         DevicePhilox{seed, stream}, static_cast<float>(p), static_cast<float>(1 / (1 - p)));
  return mask;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
