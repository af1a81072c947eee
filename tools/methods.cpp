#include "tools/methods.h"

#include <cmath>
#include <cstdio>

#include "tools/console/suggest.h"
#include "xai/integrated_gradients.h"
#include "xai/saliency.h"
#include "xai/smoothgrad.h"

namespace backlight::tools {
namespace {

// Where a method's own check begins to ask for attention. These are judgements, not theory: a
// gradient that is off by a tenth a thousandth of |x| away, a mean of samples that still moves by a
// quarter of itself, a sum that misses a twentieth of what it should be.
constexpr double kLargestSlopeDifference = 0.1;
constexpr double kLargestStandardError = 0.25;
constexpr double kLargestDelta = 0.05;

// A number in as few characters as say it to `digits` digits.
std::string short_number(double value, int digits = 3) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string percent(double share) { return short_number(100 * share, 2) + " %"; }

// [1,H,W,C] as [H,W,C]; anything else as it is.
Tensor without_batch(const Tensor& values) {
  if (values.rank() != 4) return values;
  return values.reshape({values.dim(1), values.dim(2), values.dim(3)});
}

bool is_notebook(const MethodRequest& request) {
  return request.options.variant == Variant::notebook;
}

MapResult run_saliency(const MethodRequest& request) {
  const SaliencyResult result =
      saliency(request.model, request.x, objective_of(request), request.options.variant);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", is_notebook(request) ? "loss" : "logit"}};
  map.checks = {{"gradient_norm", result.norm},
                {"measured_slope", result.slope},
                {"relative_difference", result.relative_difference},
                {"ok", result.relative_difference <= kLargestSlopeDifference}};
  map.check_text = "slope along the gradient: measured " + short_number(result.slope) +
                   ", gradient's norm " + short_number(result.norm);
  return map;
}

MapResult run_input_x_gradient(const MethodRequest& request) {
  const InputXGradientResult result =
      input_x_gradient(request.model, request.x, objective_of(request));
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", "logit"}};
  map.checks = {{"sum", result.sum},
                {"logit_minus_logit_of_black", result.expected},
                {"completeness_delta", result.sum - result.expected}};
  map.check_text = "sums to " + short_number(result.sum) + "; the logit rises by " +
                   short_number(result.expected) +
                   " from black (this method does not promise to be complete)";
  return map;
}

MapResult run_smoothgrad(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  SmoothGradOptions options;
  options.variant = asked.variant;
  options.samples = asked.samples.value_or(is_notebook(request) ? 500 : 50);
  options.level = asked.noise.value_or(is_notebook(request) ? 0.4 : 0.15);
  options.seed = asked.seed;
  const SmoothGradResult result =
      smoothgrad(request.model, request.x, objective_of(request), options, request.work);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", is_notebook(request) ? "loss" : "logit"},
                  {"samples", options.samples},
                  {"noise_level", options.level},
                  {"sigma", result.sigma},
                  {"seed", options.seed}};
  map.checks = {{"relative_standard_error", result.relative_error},
                {"ok", result.relative_error <= kLargestStandardError}};
  map.check_text = "standard error " + percent(result.relative_error) + " of the map after " +
                   str(options.samples) + " samples";
  if (options.samples == 1) {
    map.checks = {{"relative_standard_error", nullptr}};
    map.check_text = "a single sample does not tell its standard error";
  }
  return map;
}

MapResult run_integrated_gradients(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  IntegratedGradientsOptions options;
  options.variant = asked.variant;
  options.quadrature = is_notebook(request) ? Quadrature::left : asked.quadrature;
  options.steps = asked.steps.value_or(is_notebook(request) ? 10 : 50);
  const std::string baseline = is_notebook(request) ? "black" : asked.baseline;
  const IntegratedGradientsResult result =
      integrated_gradients(request.model, request.x, baseline_for(baseline, request.x),
                           objective_of(request), options, request.work);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", "logit"},
                  {"steps", options.steps},
                  {"quadrature", quadrature_names()[static_cast<std::size_t>(options.quadrature)]},
                  {"baseline", baseline},
                  {"times_input", !is_notebook(request)}};
  map.checks = {{"sum", result.sum},
                {"logit_minus_logit_of_baseline", result.expected},
                {"completeness_delta", result.delta()},
                {"ok", std::abs(result.delta()) <= kLargestDelta * std::abs(result.expected)}};
  map.check_text =
      str(is_notebook(request) ? "times the input it sums to " : "sums to ",
          short_number(result.sum, 5), "; the logit rises by ", short_number(result.expected, 5),
          " from the baseline (delta ", short_number(result.delta(), 2), ")");
  return map;
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all{
      {"saliency", "Saliency", run_saliency},
      {"input-x-gradient", "Input × gradient", run_input_x_gradient},
      {"smoothgrad", "SmoothGrad", run_smoothgrad},
      {"integrated-gradients", "Integrated Gradients", run_integrated_gradients},
  };
  return all;
}

const Method& find_method(const std::string& name) {
  for (const Method& method : methods())
    if (method.name == name) return method;
  const std::string hint = did_you_mean(name, method_names());
  fail("there is no method '", name, "'", hint.empty() ? "; there are " : hint,
       hint.empty() ? listed(method_names()) : "");
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.push_back(method.name);
  return names;
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
