// How the elementwise kernels divide their elements: vectors of four floats where all addresses
// allow it, and several of them in flight a thread.
#pragma once

#include <algorithm>
#include <type_traits>

#include "kernels/cuda/gpu.h"
#include "tensor/tensor.h"

namespace backlight::kernels::BACKLIGHT_GPU {

inline constexpr int kThreads = 256;  // of a block
// Vectors that a thread loads before it uses the first: the memory of a large GPU is busy only
// while some 30 KB are on their way to each multiprocessor.
inline constexpr int kInFlight = 4;

// kWidth consecutive floats; 1 or 4, which is one access of 16 bytes.
template <int kWidth>
struct Floats {
  float at[kWidth];
};

template <int kWidth>
__device__ __forceinline__ Floats<kWidth> load_floats(const float* from) {
  if constexpr (kWidth == 4) {
    const float4 v = load_vector<float4>(from);
    return {{v.x, v.y, v.z, v.w}};
  } else {
    return {{*from}};
  }
}

template <int kWidth>
__device__ __forceinline__ void store_floats(float* to, const Floats<kWidth>& v) {
  if constexpr (kWidth == 4)
    store_vector(to, make_float4(v.at[0], v.at[1], v.at[2], v.at[3]));
  else
    *to = v.at[0];
}

// The first element of this thread's k-th vector: neighbouring threads have neighbouring vectors,
// and a block has kThreads * kVectors of them in a row.
template <int kWidth, int kVectors = kInFlight>
__device__ __forceinline__ std::int64_t vector_start(int k) {
  const std::int64_t block = std::int64_t{blockIdx.x} * kVectors;
  return ((block + k) * kThreads + threadIdx.x) * kWidth;
}

// The elements that do not fill a vector, fewer than kWidth: the first threads take one each. The
// element of this thread, or `count`.
template <int kWidth>
__device__ __forceinline__ std::int64_t tail_element(std::int64_t count) {
  const std::int64_t element = count - count % kWidth + threadIdx.x;
  return blockIdx.x == 0 && element < count ? element : count;
}

// --- On the host --------------------------------------------------------------------------------

inline void require_float32(const char* op, const Tensor& x) {
  require(x.dtype() == DType::f32, op, " computes in float32 on GPUs, not in ", name_of(x.dtype()),
          "; convert with to(DType::f32) or compute on the processor");
}

inline bool is_aligned(const void* pointer, std::uintptr_t bytes = 16) {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

// Calls f with the width of the vectors as a compile-time number.
template <typename F>
void with_width(bool vectors, F&& f) {
  if (vectors)
    f(std::integral_constant<int, 4>{});
  else
    f(std::integral_constant<int, 1>{});
}

// Calls f with an index type that can count `count` elements: divisions of 64-bit numbers cost
// several times those of 32-bit ones.
template <typename F>
void with_index(std::int64_t count, F&& f) {
  if (count < std::int64_t{1} << 31)
    f(std::uint32_t{});
  else
    f(std::uint64_t{});
}

// Enough blocks for so many items, at least one.
inline dim3 blocks_for(std::int64_t items, std::int64_t items_per_block) {
  const std::int64_t blocks = (items + items_per_block - 1) / items_per_block;
  return dim3(static_cast<unsigned>(std::max<std::int64_t>(blocks, 1)));
}
inline dim3 elementwise_grid(std::int64_t count, int width, int vectors = kInFlight) {
  return blocks_for(count, std::int64_t{kThreads} * vectors * width);
}

inline double bytes_of(std::initializer_list<const Tensor*> tensors) {
  double bytes = 0;
  for (const Tensor* tensor : tensors) bytes += static_cast<double>(tensor->nbytes());
  return bytes;
}

// --- y[i] = f(x[i]) -----------------------------------------------------------------------------

template <int kWidth, typename F>
__global__ void __launch_bounds__(kThreads)
    map_kernel(const float* __restrict__ x, float* __restrict__ y, std::int64_t count, F f) {
  Floats<kWidth> v[kInFlight] = {};
#pragma unroll
  for (int k = 0; k < kInFlight; ++k) {
    const std::int64_t i = vector_start<kWidth>(k);
    if (i + kWidth <= count) v[k] = load_floats<kWidth>(x + i);
  }
#pragma unroll
  for (int k = 0; k < kInFlight; ++k) {
    const std::int64_t i = vector_start<kWidth>(k);
#pragma unroll
    for (int l = 0; l < kWidth; ++l) v[k].at[l] = f(v[k].at[l]);
    if (i + kWidth <= count) store_floats<kWidth>(y + i, v[k]);
  }
  const std::int64_t last = tail_element<kWidth>(count);
  if (last < count) y[last] = f(x[last]);
}

// `flop` is the arithmetic of one element.
template <typename F>
Tensor map(const char* op, const Tensor& x, double flop, F f) {
  require_float32(op, x);
  Tensor y(x.shape(), DType::f32, x.device());
  const std::int64_t count = x.numel();
  if (count == 0) return y;
  const float* from = x.device_data<float>();
  float* to = y.mutable_device_data<float>();
  with_width(is_aligned(from), [&](auto width) {
    launch({.kernel = op,
            .grid = elementwise_grid(count, width()),
            .block = dim3(kThreads),
            .shapes = str(x.shape()),
            .flop = flop * static_cast<double>(count),
            .bytes = bytes_of({&x, &y})},
           map_kernel<decltype(width)::value, F>, from, to, count, f);
  });
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
