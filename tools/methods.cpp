#include "tools/methods.h"

#include <algorithm>

#include "tools/console/suggest.h"
#include "tools/methods/all.h"

namespace backlight::tools {

const std::vector<Method>& methods() {
  static const std::vector<Method> all{
      saliency_method(),
      input_x_gradient_method(),
      smoothgrad_method(),
      integrated_gradients_method(),
      gradient_shap_method(),
      guided_backprop_method(),
      deconvolution_method(),
      grad_cam_method(),
      guided_grad_cam_method(),
      deeplift_method(),
      deepshap_method(),
      lrp_method(),
      lime_method(),
      feature_ablation_method(),
      kernel_shap_method(),
      shapley_sampling_method(),
      occlusion_method(),
      rise_method(),
  };
  return all;
}

const MethodText& Method::text_in(Variant variant) const {
  for (const auto& [of, other] : texts)
    if (of == variant) return other;
  return text;
}

Variant Method::effective(Variant variant) const {
  const bool departs = std::find(departures.begin(), departures.end(), variant) != departures.end();
  return departs ? variant : Variant::paper;
}

ExplainOptions Method::options_of(ExplainOptions options) const {
  const auto own = options.samples_of.find(name);
  if (own != options.samples_of.end()) options.samples = own->second;
  return options;
}

double Method::cost(const ExplainOptions& options, std::int64_t side) const {
  return passes(options_of(options), side);
}

const Method& find_method(const std::string& name) {
  for (const Method& method : methods())
    if (method.name == name) return method;
  const std::string hint = did_you_mean(name, method_names());
  fail("there is no method '", name, "'", hint.empty() ? "; there are " : hint,
       hint.empty() ? listed(method_names()) : "");
}

MapResult run_method(const Method& method, const MethodRequest& request) {
  constexpr double kMargin = 1.1;  // more than foretold, since the foretelling is uncertain too
  constexpr int kRounds = 4;
  constexpr double kMostSamples = 1e7;
  ExplainOptions options = method.options_of(request.options);
  const MethodRequest own{
      request.model, request.x,           request.target,        options,
      request.work,  request.class_names, request.last_features, request.shared};
  MapResult map = method.run(own);
  if (!request.options.tolerance || !map.checks.contains("relative_standard_error")) return map;
  const double tolerance = *request.options.tolerance;
  for (int round = 0; round < kRounds; ++round) {
    const auto& reached = map.checks.at("relative_standard_error");
    const double error = reached.is_number() ? reached.get<double>() : 1;
    if (error <= tolerance) break;
    const auto samples = map.settings.at("samples").get<double>();
    const double wanted =
        std::max(samples + 2, samples * (error / tolerance) * (error / tolerance));
    options.samples = static_cast<std::int64_t>(std::min(kMostSamples, kMargin * wanted));
    map = method.run(own);
  }
  map.settings["tolerance"] = tolerance;
  return map;
}

std::optional<Variant> find_variant(const std::string& name) {
  const std::vector<std::string>& names = variant_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Variant>(found - names.begin());
}

std::vector<const Method*> choose_methods(const ExplainOptions& options) {
  const bool logit = options.of.value_or(Of::logit) == Of::logit;
  std::vector<std::string> names = options.methods;
  if (!options.compare.empty() && !find_variant(options.compare[0]))
    names.insert(names.end(), options.compare.begin(), options.compare.end());
  std::vector<const Method*> chosen;
  const auto choose = [&](const Method& method) {
    if (std::find(chosen.begin(), chosen.end(), &method) == chosen.end()) chosen.push_back(&method);
  };
  for (const std::string& name : names) {
    if (name == "all") {
      for (const Method& method : methods())
        if (logit || !method.logits_only) choose(method);
      continue;
    }
    const Method& method = find_method(name);
    require(logit || !method.logits_only, "--method ", name,
            " explains logits only, for it has no rule for the softmax behind a probability or a "
            "loss; choose other methods for that --of");
    choose(method);
  }
  for (const Method& method : methods())
    if (names.empty() && method.by_default) choose(method);
  return chosen;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.push_back(method.name);
  return names;
}

}  // namespace backlight::tools
