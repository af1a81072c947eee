// Softmax over rows, in two readings of the row: the first finds its maximum and the sum of the
// exponentials at once, the second, out of the cache, writes the result.
// Source: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018, algorithm 3.
#include "kernels/softmax.h"

#include <cfloat>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// Of the numbers seen so far: the largest, and sum exp(v - largest). NaN and infinity end up in the
// sum as NaN, as they do where the maximum is found first.
struct Online {
  float largest = -FLT_MAX, sum = 0;  // finite: infinity minus infinity is no number

  __device__ void see(float v) {
    const float off = v - largest;
    const float smaller = expf(-fabsf(off));  // of the two, against the larger
    sum = off > 0 ? sum * smaller + 1 : sum + smaller;
    largest = fmaxf(largest, v);
  }

  __device__ void join(Online other) {
    const float both = fmaxf(largest, other.largest);
    sum = sum * expf(largest - both) + other.sum * expf(other.largest - both);
    largest = both;
  }
};

// Joins what the lanes of a warp have seen; a butterfly, after which each lane knows the whole.
__device__ __forceinline__ Online join_warp(Online seen) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    seen.join({__shfl_xor_sync(0xffffffffu, seen.largest, distance),
               __shfl_xor_sync(0xffffffffu, seen.sum, distance)});
  return seen;
}

// One row by kWarps warps. Several warps of one row leave what they saw in shared memory, and each
// thread joins it in the order of the warps. A block of one-warp rows has threadIdx.y rows.
template <int kWarps, int kWidth, bool kLog>
__global__ void __launch_bounds__(kThreads)
    softmax_kernel(const float* __restrict__ x, float* __restrict__ y, std::int64_t rows,
                   std::int64_t length) {
  constexpr int kStep = 32 * kWarps * kWidth;
  const std::int64_t row = std::int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
  if (row >= rows) return;  // with whole warps
  const float* const from = x + row * length;
  float* const to = y + row * length;
  const int first = static_cast<int>(threadIdx.x) * kWidth;

  Online seen;
  for (std::int64_t i = first; i < length; i += kStep) {
    const Floats<kWidth> v = load_floats<kWidth>(from + i);
#pragma unroll
    for (int l = 0; l < kWidth; ++l) seen.see(v.at[l]);
  }
  seen = join_warp(seen);
  if constexpr (kWarps > 1) {
    SHARED(largest, float[kWarps]);
    SHARED(sum, float[kWarps]);
    if (threadIdx.x % 32 == 0) {
      largest[threadIdx.x / 32] = seen.largest;
      sum[threadIdx.x / 32] = seen.sum;
    }
    __syncthreads();
    seen = {largest[0], sum[0]};
    for (int warp = 1; warp < kWarps; ++warp) seen.join({largest[warp], sum[warp]});
  }

  const float log_sum = logf(seen.sum);
  for (std::int64_t i = first; i < length; i += kStep) {
    Floats<kWidth> v = load_floats<kWidth>(from + i);
#pragma unroll
    for (int l = 0; l < kWidth; ++l)
      v.at[l] = kLog ? v.at[l] - seen.largest - log_sum : expf(v.at[l] - seen.largest) / seen.sum;
    store_floats<kWidth>(to + i, v);
  }
}

// y[n] = x[n, index[n]]
__global__ void __launch_bounds__(kThreads)
    pick_kernel(const float* __restrict__ x, const std::int64_t* __restrict__ index,
                float* __restrict__ y, std::int64_t rows, std::int64_t classes) {
  const std::int64_t n = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (n < rows) y[n] = x[n * classes + index[n]];
}

// y[n, c] = c == index[n] ? g[n] : 0
__global__ void __launch_bounds__(kThreads)
    place_kernel(const float* __restrict__ g, const std::int64_t* __restrict__ index,
                 float* __restrict__ y, std::int64_t count, std::int64_t classes) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= count) return;
  const std::int64_t n = i / classes;
  y[i] = i - n * classes == index[n] ? g[n] : 0.0f;
}

template <bool kLog>
Tensor softmax_of_rows(const char* op, const Tensor& x) {
  require_float32(op, x);
  Tensor y(x.shape(), DType::f32, x.device());
  if (x.numel() == 0) return y;
  constexpr std::int64_t kLongForAWarp = 1024;
  constexpr int kManyWarps = kThreads / 32;
  const std::int64_t length = x.dim(-1), rows = x.numel() / length;
  const bool one_warp = length <= kLongForAWarp;
  const float* from = x.device_data<float>();
  with_width(length % 4 == 0 && is_aligned(from), [&](auto width) {
    constexpr int kWidth = decltype(width)::value;
    launch({.kernel = op,
            .grid = one_warp ? blocks_for(rows, kManyWarps) : blocks_for(rows, 1),
            .block = one_warp ? dim3(32, kManyWarps) : dim3(kThreads),
            .shapes = str(x.shape()),
            .flop = 5 * static_cast<double>(x.numel()),
            .bytes = bytes_of({&x, &y})},
           one_warp ? softmax_kernel<1, kWidth, kLog> : softmax_kernel<kManyWarps, kWidth, kLog>,
           from, y.mutable_device_data<float>(), rows, length);
  });
  return y;
}

}  // namespace

Tensor GpuBackend::softmax(const Tensor& x) const { return softmax_of_rows<false>("softmax", x); }

Tensor GpuBackend::log_softmax(const Tensor& x) const {
  return softmax_of_rows<true>("log_softmax", x);
}

Tensor GpuBackend::pick(const Tensor& x, const Tensor& index) const {
  require_float32("pick", x);
  Tensor y({x.dim(0)}, DType::f32, x.device());
  if (y.numel() == 0) return y;
  launch({.kernel = "pick",
          .grid = blocks_for(y.numel(), kThreads),
          .block = dim3(kThreads),
          .shapes = str(x.shape()),
          .bytes = bytes_of({&index, &y, &y})},
         pick_kernel, x.device_data<float>(), index.device_data<std::int64_t>(),
         y.mutable_device_data<float>(), x.dim(0), x.dim(1));
  return y;
}

Tensor GpuBackend::place(const Tensor& g, const Tensor& index, std::int64_t classes) const {
  require_float32("place", g);
  Tensor y({g.dim(0), classes}, DType::f32, g.device());
  if (y.numel() == 0) return y;
  launch({.kernel = "place",
          .grid = blocks_for(y.numel(), kThreads),
          .block = dim3(kThreads),
          .shapes = str(y.shape()),
          .bytes = bytes_of({&g, &index, &y})},
         place_kernel, g.device_data<float>(), index.device_data<std::int64_t>(),
         y.mutable_device_data<float>(), y.numel(), classes);
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
