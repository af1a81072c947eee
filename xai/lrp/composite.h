// Composites: which rule each layer follows.
#pragma once

#include <string>
#include <vector>

#include "autograd/op_kind.h"
#include "xai/lrp/rules.h"

namespace backlight {

// A rule and the layers it is for: conv2d or linear, perhaps only where the layer reads the
// network's input itself, perhaps only the one of this name ("cnn.15").
struct RuleAssignment {
  OpKind kind;
  LinearRule rule;
  bool reads_input = false;
  std::string layer = {};
};

struct Composite {
  std::string name;
  std::vector<RuleAssignment> assignments;  // the first that fits a layer is its rule
  double stabiliser = 1e-6;                 // where sums share out their relevance

  // The rule of a layer. Errors: the composite has none for it.
  const LinearRule& rule_for(OpKind kind, const std::string& layer, bool reads_input) const;
};

// z+ on convolutions, epsilon on fully connected layers.
Composite epsilon_plus(double epsilon = 1e-6);
// zB on the convolutions that read the input, which lies in [low, high]; gamma on the others;
// epsilon on fully connected layers.
Composite epsilon_gamma_box(double low = 0, double high = 1, double gamma = 0.25,
                            double epsilon = 1e-6);
// Alpha-beta with alpha = 2 and beta = 1 on convolutions, epsilon on fully connected layers.
Composite epsilon_alpha2_beta1(double epsilon = 1e-6);
// Source of the three: Montavon et al., "Layer-wise relevance propagation: an overview", 2019,
// section 10.3, for which rule suits which depth; their names and defaults are zennit's.

// "epsilon-plus", "epsilon-gamma-box" and "epsilon-alpha2-beta1".
const std::vector<std::string>& composite_names();
// One of them, for inputs in [0, 1]. Errors: an unknown name.
Composite composite_named(const std::string& name);

}  // namespace backlight
