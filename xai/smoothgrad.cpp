#include "xai/smoothgrad.h"

#include <algorithm>
#include <cmath>

#include "kernels/noise.h"
#include "xai/gradient_sum.h"

namespace backlight {
namespace {

double range_of(const Tensor& x) {
  double low = x.at(0), high = x.at(0);
  for (std::int64_t i = 1; i < x.numel(); ++i) {
    low = std::min(low, x.at(i));
    high = std::max(high, x.at(i));
  }
  return high - low;
}

double sigma_for(const Tensor& x, const SmoothGradOptions& options) {
  const double range = range_of(x);
  if (options.variant != Variant::notebook) return options.level * range;
  require(range > 0,
          "the notebook's SmoothGrad divides its noise by the range of the picture, "
          "and this one has a single colour; use --variant paper");
  return (options.level / range) * (options.level / range);
}

}  // namespace

SmoothGradResult smoothgrad(const Model& model, const Tensor& x, const Objective& objective,
                            const SmoothGradOptions& options, const Work& work) {
  require(options.level >= 0, "the noise level must not be negative, but is ", options.level);
  SmoothGradResult result;
  result.sigma = sigma_for(x.to(Device::cpu), options);
  const bool notebook = options.variant == Variant::notebook;
  const auto n = static_cast<double>(options.samples);
  const kernels::GradientSums mean = sum_gradients(
      model, objective, options.samples,
      [&](std::int64_t first, std::int64_t count) {
        return kernels::add_noise(x, result.sigma, options.seed, static_cast<std::uint64_t>(first),
                                  count);
      },
      [&](std::int64_t) { return 1 / n; }, notebook ? Part::magnitude : Part::value, work);
  result.values = mean.sum.to(x.dtype());
  result.standard_error = Tensor(x.shape(), x.dtype());
  double values_squared = 0, errors_squared = 0;
  dispatch_floating(x.dtype(), "smoothgrad", [&](auto type) {
    using T = decltype(type);
    T* error = result.standard_error.mutable_data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const double m = mean.sum.at(i), spread = std::max(0.0, mean.squares.at(i) - m * m);
      const double variance = n > 1 ? spread / (n - 1) : 0;  // of the mean
      error[i] = static_cast<T>(std::sqrt(variance));
      values_squared += m * m;
      errors_squared += variance;
    }
  });
  result.relative_error = values_squared > 0 ? std::sqrt(errors_squared / values_squared) : 0;
  return result;
}

}  // namespace backlight
