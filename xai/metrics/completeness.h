// Completeness: does a map add up to what it explains?
#pragma once

#include "xai/model.h"

namespace backlight {

struct Completeness {
  double sum = 0;       // of the map
  double expected = 0;  // f(x) - f(baseline)
  double delta() const { return sum - expected; }
};

// Sums a map (of any shape) and compares with the objective's rise from the baseline to x. Only
// maps of contributions can be complete: a gradient, LIME or RISE promises nothing of the kind.
// Source: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017,
// proposition 1.
Completeness completeness(const Model& model, const Tensor& x, const Tensor& baseline,
                          const Tensor& map, const Objective& objective);

}  // namespace backlight
