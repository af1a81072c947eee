#include "xai/metrics/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "tensor/random.h"

namespace backlight {
namespace {

Tensor moved(const Tensor& x, const SensitivityOptions& options, std::int64_t k) {
  const Philox philox(options.seed, static_cast<std::uint64_t>(k));
  Tensor step(x.shape(), DType::f64);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    step.mutable_data<double>()[i] =
        options.radius *
        (2 * static_cast<double>(philox.uniform(static_cast<std::uint64_t>(i))) - 1);
  return kernels::binary(kernels::Binary::add, x, step.to(x.dtype()).to(x.device()));
}

double norm_of(const Tensor& x) {
  return std::sqrt(kernels::sum_to(kernels::binary(kernels::Binary::multiply, x, x), {}).item());
}

}  // namespace

double sensitivity_max(const Explain& explain, const Tensor& x, const SensitivityOptions& options) {
  require(options.radius >= 0, "the radius must not be negative, but is ", options.radius);
  require(options.samples >= 1, "sensitivity-max needs at least one sample, not ", options.samples);
  const auto explained = [&](const Tensor& input) {
    const Tensor map = explain(input).to(Device::cpu).to(DType::f64);
    require(all_finite(map), "the map has values that are not finite numbers");
    return map;
  };
  const Tensor map = explained(x);
  const double size = norm_of(map);
  require(size > 0, "the map is all zeros; how far it moves cannot be compared with its size");
  double most = 0;
  for (std::int64_t k = 0; k < options.samples; ++k) {
    const Tensor other = explained(moved(x, options, k));
    most = std::max(most, norm_of(kernels::binary(kernels::Binary::subtract, other, map)) / size);
  }
  return most;
}

}  // namespace backlight
