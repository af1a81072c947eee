#include <cmath>

#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {

void CpuBackend::add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                               GradientSums& sums) const {
  constexpr std::int64_t kGrain = 1 << 14;
  const Tensor from = g.dense();
  double *sum = sums.sum.mutable_data<double>(), *squares = sums.squares.mutable_data<double>();
  const std::int64_t size = sums.sum.numel();
  dispatch_floating(g.dtype(), "add_gradients", [&](auto type) {
    const auto* in = from.data<decltype(type)>();
    parallel_ranges(size, kGrain, [&](std::int64_t first, std::int64_t last) {
      for (std::size_t n = 0; n < weights.size(); ++n)
        for (std::int64_t i = first; i < last; ++i) {
          const double value{in[static_cast<std::int64_t>(n) * size + i]};
          sum[i] += weights[n] * (magnitude ? std::abs(value) : value);
          squares[i] += weights[n] * value * value;
        }
    });
  });
}

}  // namespace backlight::kernels
