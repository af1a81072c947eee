#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"
#include "tensor/random.h"

namespace backlight::kernels {
namespace {
constexpr std::int64_t kGrain = 1 << 13;  // a multiple of 4, the numbers of one Philox call
}

Tensor CpuBackend::add_noise(const Tensor& x, double sigma, std::uint64_t seed,
                             std::uint64_t first_sample, std::int64_t count) const {
  const Tensor from = x.dense();
  Tensor y(x.shape().with(0, count), x.dtype(), x.device());
  const std::int64_t size = x.numel();
  dispatch_floating(x.dtype(), "add_noise", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    for (std::int64_t n = 0; n < count; ++n) {
      const Philox philox(seed, first_sample + static_cast<std::uint64_t>(n));
      T* sample = out + n * size;
      parallel_ranges(size, kGrain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; i += 4) {
          const auto random = philox.bits(static_cast<std::uint64_t>(i / 4));
          for (std::int64_t l = i; l < std::min(i + 4, last); ++l)
            sample[l] = in[l] + static_cast<T>(sigma) * static_cast<T>(Philox::normal_of(
                                                            random, static_cast<int>(l - i)));
        }
      });
    }
  });
  return y;
}

Tensor CpuBackend::dropout_mask(const Shape& shape, double p, std::uint64_t seed,
                                std::uint64_t stream, DType dtype) const {
  Tensor mask(shape, dtype);
  const Philox philox(seed, stream);
  dispatch_floating(dtype, "dropout", [&](auto type) {
    using T = decltype(type);
    T* out = mask.mutable_data<T>();
    parallel_ranges(shape.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const bool kept = philox.uniform(static_cast<std::uint64_t>(i)) >= static_cast<float>(p);
        out[i] = kept ? static_cast<T>(1.0 / (1.0 - p)) : T{0};
      }
    });
  });
  return mask;
}

}  // namespace backlight::kernels
