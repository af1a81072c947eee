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

const Method& find_method(const std::string& name) {
  for (const Method& method : methods())
    if (method.name == name) return method;
  const std::string hint = did_you_mean(name, method_names());
  fail("there is no method '", name, "'", hint.empty() ? "; there are " : hint,
       hint.empty() ? listed(method_names()) : "");
}

std::vector<const Method*> choose_methods(const std::vector<std::string>& names) {
  std::vector<const Method*> chosen;
  const auto choose = [&](const Method& method) {
    if (std::find(chosen.begin(), chosen.end(), &method) == chosen.end()) chosen.push_back(&method);
  };
  for (const std::string& name : names) {
    if (name != "all") choose(find_method(name));
    for (const Method& method : methods())
      if (name == "all") choose(method);
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
