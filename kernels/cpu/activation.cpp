#include <bit>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/channel_view.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {
constexpr std::int64_t kGrain = 1 << 16;  // a multiple of 8: no two threads share a byte of bits

// The value where the lowest bit is set, else 0, without a branch: this becomes vector code.
float where(unsigned bit, float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & (0u - (bit & 1u)));
}
double where(unsigned bit, double value) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) &
                               (std::uint64_t{0} - (bit & 1u)));
}
}  // namespace

Tensor CpuBackend::relu(const Tensor& x) const {
  Tensor y(x.shape(), x.dtype(), x.device(), x.layout());
  dispatch_floating(x.dtype(), "relu", [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    T* out = y.mutable_data<T>();
    parallel_ranges(x.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) out[i] = in[i] < T{0} ? T{0} : in[i];
    });
  });
  return y;
}

PositiveMask CpuBackend::positive_mask(const Tensor& x) const {
  PositiveMask mask{Tensor({(x.numel() + 7) / 8}, DType::u8), x.shape(), x.layout()};
  std::uint8_t* bits = mask.bits.mutable_data<std::uint8_t>();
  dispatch_floating(x.dtype(), "positive_mask", [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    parallel_ranges(x.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      std::int64_t i = first;
      for (; i + 8 <= last; i += 8) {
        unsigned byte = 0;
        for (int bit = 0; bit < 8; ++bit) byte |= unsigned{in[i + bit] > T{0}} << bit;
        bits[i / 8] = static_cast<std::uint8_t>(byte);
      }
      if (i < last) bits[i / 8] = 0;
      for (; i < last; ++i)
        bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | unsigned{in[i] > T{0}} << (i % 8));
    });
  });
  return mask;
}

Tensor CpuBackend::apply_mask(const Tensor& g, const PositiveMask& mask) const {
  const Tensor from = g.in_layout(mask.layout);
  Tensor y(g.shape(), g.dtype(), g.device(), mask.layout);
  const std::uint8_t* bits = mask.bits.data<std::uint8_t>();
  dispatch_floating(g.dtype(), "apply_mask", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    parallel_ranges(g.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      std::int64_t i = first;
      for (; i + 8 <= last; i += 8)
        for (unsigned bit = 0; bit < 8; ++bit)
          out[i + bit] = where(bits[i / 8] >> bit, in[i + bit]);
      for (; i < last; ++i) out[i] = where(bits[i / 8] >> (i % 8), in[i]);
    });
  });
  return y;
}

PositiveMask CpuBackend::complement(const PositiveMask& mask) const {
  PositiveMask result{Tensor(mask.bits.shape(), DType::u8), mask.shape, mask.layout};
  const std::uint8_t* from = mask.bits.data<std::uint8_t>();
  std::uint8_t* to = result.bits.mutable_data<std::uint8_t>();
  for (std::int64_t i = 0; i < mask.bits.numel(); ++i) to[i] = static_cast<std::uint8_t>(~from[i]);
  return result;
}

namespace {

// y[i] = f(x[i], i, slope of its channel).
template <typename F>
Tensor with_slope(const char* name, const Tensor& x, const Tensor& slope, F&& f) {
  Tensor y(x.shape(), x.dtype(), x.device(), x.layout());
  const ChannelView view(x);
  dispatch_floating(x.dtype(), name, [&](auto type) {
    using T = decltype(type);
    const T *in = x.data<T>(), *a = slope.data<T>();
    T* out = y.mutable_data<T>();
    parallel_for(view.images * view.blocks, [&](std::int64_t row) {
      const std::int64_t channel = row % view.blocks * view.lanes;
      for (std::int64_t p = 0; p < view.pixels; ++p)
        for (std::int64_t l = 0; l < view.lanes; ++l) {
          const std::int64_t i = (row * view.pixels + p) * view.lanes + l;
          out[i] = f(in[i], i, slope.numel() == 1 ? a[0] : a[channel + l]);
        }
    });
  });
  return y;
}

}  // namespace

Tensor CpuBackend::prelu(const Tensor& x, const Tensor& slope) const {
  return with_slope("prelu", x, slope,
                    [](auto v, std::int64_t, auto a) { return v > 0 ? v : a * v; });
}

Tensor CpuBackend::prelu_gradient(const Tensor& g, const PositiveMask& mask,
                                  const Tensor& slope) const {
  const std::uint8_t* bits = mask.bits.data<std::uint8_t>();
  return with_slope(
      "prelu_gradient", g.in_layout(mask.layout), slope,
      [=](auto v, std::int64_t i, auto a) { return (bits[i / 8] >> (i % 8)) & 1 ? v : a * v; });
}

}  // namespace backlight::kernels
