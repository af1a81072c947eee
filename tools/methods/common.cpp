#include "tools/methods/common.h"

#include <cmath>
#include <cstdio>

namespace backlight::tools {

std::string short_number(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, std::abs(value));
  return (value < 0 ? "\u2212" : "") + std::string(text);
}

std::string short_percent(double share) {
  return short_number(100 * share, std::abs(share) < 0.995 ? 2 : 3) + " %";
}

Tensor without_batch(const Tensor& values) {
  if (values.rank() != 4) return values;
  return values.reshape({values.dim(1), values.dim(2), values.dim(3)});
}

bool is_notebook(const MethodRequest& request) {
  return request.options.variant == Variant::notebook;
}

Of explained_score(const MethodRequest& request, Of usual) {
  return request.options.of.value_or(usual);
}

Objective objective_of(const MethodRequest& request, Of usual) {
  switch (explained_score(request, usual)) {
    case Of::logit: return logit_of(request.target);
    case Of::probability: return probability_of(request.target);
    case Of::loss: return loss_of(request.target);
  }
  fail("there is no such score of a class");
}

std::string name_of_score(const MethodRequest& request, Of usual) {
  return of_names()[static_cast<std::size_t>(explained_score(request, usual))];
}

double share_of_pass(double changed, double side) {
  constexpr double kAround = 48;
  const double across = std::min(1.0, (changed + kAround) / side);
  return across * across;
}

Tensor baseline_for(const std::string& name, const Tensor& x) {
  if (name == "black") return Tensor::zeros(x.shape(), x.dtype(), x.device());
  if (name == "white") return Tensor::full(x.shape(), 1, x.dtype(), x.device());
  if (name == "mean") {
    const double pixels = static_cast<double>(x.numel() / x.dim(-1));
    const Var mean = affine(sum_to(Var(x), {x.dim(-1)}), 1 / pixels, 0);
    return broadcast_to(mean, x.shape()).value();
  }
  const Image picture =
      resize_bilinear(read_image(name), static_cast<int>(x.dim(2)), static_cast<int>(x.dim(1)));
  return image_to_tensor(picture).to(x.device());
}

}  // namespace backlight::tools
