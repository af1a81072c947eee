#include "xai/lrp/composite.h"

namespace backlight {

const LinearRule& Composite::rule_for(OpKind kind, const std::string& layer,
                                      bool reads_input) const {
  for (const RuleAssignment& a : assignments)
    if (a.kind == kind && (reads_input || !a.reads_input) && (a.layer.empty() || a.layer == layer))
      return a.rule;
  fail("the LRP composite ", name, " has no rule for the ", name_of(kind),
       layer.empty() ? "" : " of layer ", layer, "; assign it one");
}

Composite epsilon_plus(double epsilon) {
  return {"epsilon-plus",
          {{OpKind::conv2d, z_plus_rule()}, {OpKind::linear, epsilon_rule(epsilon)}}};
}

Composite epsilon_gamma_box(double low, double high, double gamma, double epsilon) {
  return {"epsilon-gamma-box",
          {{.kind = OpKind::conv2d, .rule = z_box_rule(low, high), .reads_input = true},
           {OpKind::conv2d, gamma_rule(gamma)},
           {OpKind::linear, epsilon_rule(epsilon)}}};
}

Composite epsilon_alpha2_beta1(double epsilon) {
  return {"epsilon-alpha2-beta1",
          {{OpKind::conv2d, alpha_beta_rule(2, 1)}, {OpKind::linear, epsilon_rule(epsilon)}}};
}

const std::vector<std::string>& composite_names() {
  static const std::vector<std::string> names{"epsilon-plus", "epsilon-gamma-box",
                                              "epsilon-alpha2-beta1"};
  return names;
}

Composite composite_named(const std::string& name) {
  for (const Composite& composite : {epsilon_plus(), epsilon_gamma_box(), epsilon_alpha2_beta1()})
    if (composite.name == name) return composite;
  fail("no LRP composite is called '", name,
       "'; there are epsilon-plus, epsilon-gamma-box and epsilon-alpha2-beta1");
}

}  // namespace backlight
