#include <algorithm>
#include <cmath>

#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

// Calls f(input row, output row, length) for every row of the last axis.
template <typename F>
Tensor map_rows(const char* name, const Tensor& x, F&& f) {
  const Tensor from = x.dense();
  Tensor y(x.shape(), x.dtype(), x.device());
  const std::int64_t length = x.dim(-1);
  dispatch_floating(x.dtype(), name, [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    parallel_ranges(x.numel() / length, 64, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row)
        f(in + row * length, out + row * length, length);
    });
  });
  return y;
}

}  // namespace

Tensor CpuBackend::softmax(const Tensor& x) const {
  return map_rows("softmax", x, [](const auto* in, auto* out, std::int64_t length) {
    using T = std::remove_cvref_t<decltype(*in)>;
    const T largest = *std::max_element(in, in + length);
    T sum{0};
    for (std::int64_t i = 0; i < length; ++i) sum += out[i] = std::exp(in[i] - largest);
    for (std::int64_t i = 0; i < length; ++i) out[i] /= sum;
  });
}

Tensor CpuBackend::log_softmax(const Tensor& x) const {
  return map_rows("log_softmax", x, [](const auto* in, auto* out, std::int64_t length) {
    using T = std::remove_cvref_t<decltype(*in)>;
    const T largest = *std::max_element(in, in + length);
    T sum{0};
    for (std::int64_t i = 0; i < length; ++i) sum += std::exp(in[i] - largest);
    const T log_sum = std::log(sum);
    for (std::int64_t i = 0; i < length; ++i) out[i] = in[i] - largest - log_sum;
  });
}

Tensor CpuBackend::pick(const Tensor& x, const Tensor& index) const {
  Tensor y({x.dim(0)}, x.dtype(), x.device());
  const std::int64_t* at = index.data<std::int64_t>();
  dispatch_floating(x.dtype(), "pick", [&](auto type) {
    using T = decltype(type);
    T* out = y.mutable_data<T>();
    for (std::int64_t n = 0; n < x.dim(0); ++n) out[n] = x.data<T>()[n * x.dim(1) + at[n]];
  });
  return y;
}

Tensor CpuBackend::place(const Tensor& g, const Tensor& index, std::int64_t classes) const {
  Tensor y = Tensor::zeros({g.dim(0), classes}, g.dtype());
  const std::int64_t* at = index.data<std::int64_t>();
  dispatch_floating(g.dtype(), "place", [&](auto type) {
    using T = decltype(type);
    T* out = y.mutable_data<T>();
    for (std::int64_t n = 0; n < g.dim(0); ++n) out[n * classes + at[n]] = g.data<T>()[n];
  });
  return y;
}

}  // namespace backlight::kernels
