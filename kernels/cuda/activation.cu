// ReLU and PReLU, and masks of one bit an element: element i is bit i % 8 of byte i / 8, or, which
// is the same, bit i % 32 of the little-endian word i / 32. That is the order in which
// __ballot_sync collects the lanes of a warp.
#include "kernels/activation.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/channels.cuh"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// Words of a mask that a warp makes: one a lane, so that it stores them as 128 bytes in a row.
constexpr int kWords = 32;
constexpr int kWarps = kThreads / 32;

// NaN is not below 0 and passes.
struct Relu {
  __device__ float operator()(float v) const { return v < 0 ? 0.0f : v; }
};

// Word `word` of a mask of `bytes` bytes; the last one may be shorter than four.
__device__ __forceinline__ void store_word(std::uint8_t* bits, std::int64_t word,
                                           std::int64_t bytes, std::uint32_t value) {
  if (word * 4 + 4 <= bytes) {
    store_vector(bits + word * 4, value);
    return;
  }
  for (std::int64_t byte = word * 4; byte < bytes; ++byte, value >>= 8)
    bits[byte] = static_cast<std::uint8_t>(value);
}

__device__ __forceinline__ std::uint32_t load_word(const std::uint8_t* bits, std::int64_t word,
                                                   std::int64_t bytes) {
  if (word * 4 + 4 <= bytes) return load_vector<std::uint32_t>(bits + word * 4);
  std::uint32_t value = 0;
  for (std::int64_t byte = word * 4; byte < bytes; ++byte)
    value |= static_cast<std::uint32_t>(bits[byte]) << (byte - word * 4) * 8;
  return value;
}

// bit i = x[i] > 0. A warp makes kWords words of 32 elements each. In step k its lanes look at 32
// neighbouring elements, and the vote of the lanes is word k, which lane k keeps.
__global__ void __launch_bounds__(kThreads)
    positive_mask_kernel(const float* __restrict__ x, std::uint8_t* __restrict__ bits,
                         std::int64_t count) {
  constexpr int kAtOnce = 8;
  const int lane = threadIdx.x % 32;
  const std::int64_t warp = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  const std::int64_t first_word = warp * kWords;
  std::uint32_t mine = 0;
  for (int k = 0; k < kWords; k += kAtOnce) {
    float v[kAtOnce];
#pragma unroll
    for (int j = 0; j < kAtOnce; ++j) {
      const std::int64_t i = (first_word + k + j) * 32 + lane;
      v[j] = i < count ? x[i] : 0.0f;
    }
#pragma unroll
    for (int j = 0; j < kAtOnce; ++j) {
      const std::uint32_t word = __ballot_sync(0xffffffffu, v[j] > 0);
      if (lane == k + j) mine = word;
    }
  }
  const std::int64_t bytes = (count + 7) / 8;
  if ((first_word + lane) * 4 < bytes) store_word(bits, first_word + lane, bytes, mine);
}

__global__ void __launch_bounds__(kThreads)
    complement_kernel(const std::uint8_t* __restrict__ from, std::uint8_t* __restrict__ to,
                      std::int64_t bytes) {
  const std::int64_t word = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (word * 4 < bytes) store_word(to, word, bytes, ~load_word(from, word, bytes));
}

// y[i] = bit i ? g[i] : 0. A vector of four elements finds its bits in half a byte.
template <int kWidth>
__global__ void __launch_bounds__(kThreads)
    apply_mask_kernel(const float* __restrict__ g, const std::uint8_t* __restrict__ bits,
                      float* __restrict__ y, std::int64_t count) {
  Floats<kWidth> v[kInFlight] = {};
  unsigned open[kInFlight] = {};
#pragma unroll
  for (int k = 0; k < kInFlight; ++k) {
    const std::int64_t i = vector_start<kWidth>(k);
    if (i + kWidth > count) continue;
    v[k] = load_floats<kWidth>(g + i);
    open[k] = bits[i / 8] >> (i % 8);
  }
#pragma unroll
  for (int k = 0; k < kInFlight; ++k) {
    const std::int64_t i = vector_start<kWidth>(k);
#pragma unroll
    for (int l = 0; l < kWidth; ++l) v[k].at[l] = (open[k] >> l) & 1 ? v[k].at[l] : 0.0f;
    if (i + kWidth <= count) store_floats<kWidth>(y + i, v[k]);
  }
  const std::int64_t last = tail_element<kWidth>(count);
  if (last < count) y[last] = (bits[last / 8] >> (last % 8)) & 1 ? g[last] : 0.0f;
}

// One slope a channel, or one for all.
struct Slopes {
  const float* slope;
  bool shared;
  __device__ float of(int channel) const { return slope[shared ? 0 : channel]; }
};

// y = x > 0 ? x : a x
struct Prelu {
  Slopes slopes;
  struct Channel {
    float slope;
    __device__ float operator()(std::int64_t, float v) const { return v > 0 ? v : slope * v; }
  };
  __device__ Channel of(int channel) const { return {slopes.of(channel)}; }
};

// y = bit i ? g : a g
struct PreluGradient {
  Slopes slopes;
  const std::uint8_t* bits;
  struct Channel {
    float slope;
    const std::uint8_t* bits;
    __device__ float operator()(std::int64_t i, float v) const {
      return (bits[i / 8] >> (i % 8)) & 1 ? v : slope * v;
    }
  };
  __device__ Channel of(int channel) const { return {slopes.of(channel), bits}; }
};

Slopes slopes_of(const Tensor& slope) { return {slope.device_data<float>(), slope.numel() == 1}; }

Tensor empty_bits(std::int64_t count, Device device) {
  return Tensor({(count + 7) / 8}, DType::u8, device);
}

}  // namespace

Tensor GpuBackend::relu(const Tensor& x) const { return map("relu", x, 1, Relu{}); }

PositiveMask GpuBackend::positive_mask(const Tensor& x) const {
  require_float32("positive_mask", x);
  PositiveMask mask{empty_bits(x.numel(), x.device()), x.shape()};
  if (x.numel() == 0) return mask;
  launch({.kernel = "positive_mask",
          .grid = blocks_for(x.numel(), std::int64_t{kThreads} * kWords),
          .block = dim3(kThreads),
          .shapes = str(x.shape()),
          .flop = static_cast<double>(x.numel()),
          .bytes = bytes_of({&x, &mask.bits})},
         positive_mask_kernel, x.device_data<float>(),
         mask.bits.mutable_device_data<std::uint8_t>(), x.numel());
  return mask;
}

Tensor GpuBackend::apply_mask(const Tensor& g, const PositiveMask& mask) const {
  require_float32("apply_mask", g);
  Tensor y(g.shape(), DType::f32, g.device());
  if (g.numel() == 0) return y;
  const float* from = g.device_data<float>();
  with_width(is_aligned(from), [&](auto width) {
    launch({.kernel = "apply_mask",
            .grid = elementwise_grid(g.numel(), width()),
            .block = dim3(kThreads),
            .shapes = str(g.shape()),
            .bytes = bytes_of({&g, &mask.bits, &y})},
           apply_mask_kernel<decltype(width)::value>, from, mask.bits.device_data<std::uint8_t>(),
           y.mutable_device_data<float>(), g.numel());
  });
  return y;
}

PositiveMask GpuBackend::complement(const PositiveMask& mask) const {
  const std::int64_t bytes = mask.bits.numel();
  PositiveMask result{Tensor(mask.bits.shape(), DType::u8, mask.bits.device()), mask.shape};
  if (bytes == 0) return result;
  launch({.kernel = "complement",
          .grid = blocks_for(bytes, std::int64_t{kThreads} * 4),
          .block = dim3(kThreads),
          .shapes = str(mask.shape),
          .bytes = bytes_of({&mask.bits, &result.bits})},
         complement_kernel, mask.bits.device_data<std::uint8_t>(),
         result.bits.mutable_device_data<std::uint8_t>(), bytes);
  return result;
}

Tensor GpuBackend::prelu(const Tensor& x, const Tensor& slope) const {
  return channel_map("prelu", {&x}, 2, Prelu{slopes_of(slope)});
}

Tensor GpuBackend::prelu_gradient(const Tensor& g, const PositiveMask& mask,
                                  const Tensor& slope) const {
  return channel_map("prelu_gradient", {&g}, 1,
                     PreluGradient{slopes_of(slope), mask.bits.device_data<std::uint8_t>()});
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
