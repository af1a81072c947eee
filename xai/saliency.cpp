#include "xai/saliency.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"

namespace backlight {
namespace {

double norm_of(const Tensor& tensor) {
  double squares = 0;
  for (std::int64_t i = 0; i < tensor.numel(); ++i) squares += tensor.at(i) * tensor.at(i);
  return std::sqrt(squares);
}

double sum_of(const Tensor& tensor) { return kernels::sum_to(tensor.to(DType::f64), {}).item(); }

// (m - min m) / (max m - min m) for m = max over channels of |g|, [H,W].
Tensor normalised_magnitude(const Tensor& gradient) {
  const std::int64_t height = gradient.dim(1), width = gradient.dim(2), channels = gradient.dim(3);
  Tensor map({height, width}, gradient.dtype());
  dispatch_floating(gradient.dtype(), "saliency", [&](auto type) {
    using T = decltype(type);
    const T* g = gradient.data<T>();
    T* out = map.mutable_data<T>();
    for (std::int64_t p = 0; p < map.numel(); ++p) {
      out[p] = 0;
      for (std::int64_t c = 0; c < channels; ++c)
        out[p] = std::max(out[p], std::abs(g[p * channels + c]));
    }
    const auto [least, most] = std::minmax_element(out, out + map.numel());
    const T low = *least, range = *most - *least;
    for (std::int64_t p = 0; p < map.numel(); ++p)
      out[p] = range > 0 ? (out[p] - low) / range : T{0};
  });
  return map;
}

}  // namespace

SaliencyResult saliency(const Model& model, const Tensor& x, const Objective& objective,
                        Variant variant) {
  const Tensor gradient = input_gradient(model, x, objective).to(Device::cpu);
  SaliencyResult result;
  result.norm = norm_of(gradient);
  if (result.norm > 0) {
    const Tensor here = x.to(Device::cpu);
    const double step = 1e-4 * std::max(norm_of(here), 1e-6);
    const auto moved = [&](double by) {
      const Tensor there = kernels::binary(kernels::Binary::add, here,
                                           kernels::affine(gradient, by / result.norm, 0));
      return evaluate(model, there.to(x.device()), objective);
    };
    result.slope = (moved(step) - moved(-step)) / (2 * step);
    result.relative_difference = std::abs(result.slope - result.norm) / result.norm;
  }
  result.values = variant == Variant::notebook ? normalised_magnitude(gradient) : gradient;
  return result;
}

InputXGradientResult input_x_gradient(const Model& model, const Tensor& x,
                                      const Objective& objective) {
  InputXGradientResult result;
  const Tensor gradient = input_gradient(model, x, objective);
  result.values = kernels::binary(kernels::Binary::multiply, x, gradient).to(Device::cpu);
  result.sum = sum_of(result.values);
  result.expected = evaluate(model, x, objective) -
                    evaluate(model, Tensor::zeros(x.shape(), x.dtype(), x.device()), objective);
  return result;
}

}  // namespace backlight
