#include "xai/guided_backprop.h"

#include <cmath>

namespace backlight {
namespace {

enum class Signal : std::uint8_t { guided, deconvolution };

std::vector<Rule> rectifier_rules(Signal signal, Variant variant) {
  const auto vjp = [signal](const Node& node, const Var& g) -> std::vector<Var> {
    return {relu(signal == Signal::guided ? own_vjp(node, g)[0] : g)};
  };
  std::vector<Rule> rules{{.kind = OpKind::relu, .vjp = vjp}};
  if (variant != Variant::captum) rules.push_back({.kind = OpKind::prelu, .vjp = vjp});
  return rules;
}

double cosine(const Tensor& a, const Tensor& b) {
  double both = 0, a_squared = 0, b_squared = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    both += a.at(i) * b.at(i);
    a_squared += a.at(i) * a.at(i);
    b_squared += b.at(i) * b.at(i);
  }
  return both == 0 ? 0 : both / std::sqrt(a_squared * b_squared);
}

GuidedBackpropResult rectified(const Model& model, const Tensor& x, const Objective& objective,
                               Signal signal, Variant variant) {
  const std::vector<Rule> rules = rectifier_rules(signal, variant);
  Recording recording({.rules = rules});
  const Var input = recording.input(x);
  const Var score = objective(model(input));
  GuidedBackpropResult result;
  result.values = grad(score, input, {.rules = rules}).to(Device::cpu);
  result.gradient_cosine = cosine(result.values, grad(score, input).to(Device::cpu));
  return result;
}

}  // namespace

GuidedBackpropResult guided_backprop(const Model& model, const Tensor& x,
                                     const Objective& objective,
                                     const GuidedBackpropOptions& options) {
  return rectified(model, x, objective, Signal::guided, options.variant);
}

GuidedBackpropResult deconvolution(const Model& model, const Tensor& x, const Objective& objective,
                                   const GuidedBackpropOptions& options) {
  return rectified(model, x, objective, Signal::deconvolution, options.variant);
}

}  // namespace backlight
