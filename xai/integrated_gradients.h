// Integrated Gradients: the gradient averaged along the way from a baseline to the input.
#pragma once

#include "xai/model.h"
#include "xai/quadrature.h"

namespace backlight {

struct IntegratedGradientsOptions {
  std::int64_t steps = 50;
  Quadrature quadrature = Quadrature::gauss_legendre;
  Variant variant = Variant::paper;
};

struct IntegratedGradientsResult {
  Tensor values;  // the shape of x
  // Completeness: the paper's map sums to F(x) - F(baseline), up to the quadrature's error.
  double sum = 0, expected = 0;
  double delta() const { return sum - expected; }
};

// Paper: (x - x') * sum_k w_k d objective / d x at x' + a_k (x - x'), with nodes a_k and
// weights w_k of the quadrature.
// Notebook: (1/steps) sum_k d objective / d x at (k/steps) x, not multiplied by x: the left
// rule, 10 steps, a black baseline. The completeness figures are those of the map times x.
// Source: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017,
// equations 1 and 3.
IntegratedGradientsResult integrated_gradients(const Model& model, const Tensor& x,
                                               const Tensor& baseline, const Objective& objective,
                                               const IntegratedGradientsOptions& options,
                                               const Work& work = {});

}  // namespace backlight
