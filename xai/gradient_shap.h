// GradientSHAP: gradients at random points between baselines and noisy copies of the input.
#pragma once

#include "xai/model.h"

namespace backlight {

struct GradientShapOptions {
  std::int64_t samples = 200;
  double sigma = 0;  // standard deviation of the noise on the input
  std::uint64_t seed = 0;
};

struct GradientShapResult {
  Tensor values;              // the shape of x
  Tensor standard_error;      // of each value: the spread of the samples / sqrt(samples); 0 of one
  double relative_error = 0;  // |standard_error| / |values|, as L2 norms
  // Completeness: without noise and with many samples the values sum to f(x) - mean_b f(b).
  double sum = 0, expected = 0;
  double delta() const { return sum - expected; }
};

// (1/n) sum_k (x~ - b) * d f/d x at b + u (x~ - b), with x~ = x + sigma e, u uniform in [0, 1) and
// b one of the rows of baselines [B,...], drawn with replacement. Sample k depends on (seed, k)
// alone: e[i] is Philox(seed, k).normal(i), u its uniform number 2^40, and the row the B-fold of
// its uniform number 2^40 + 1, rounded down.
// Errors: baselines that do not fit x; no sample; a negative sigma.
// Source: Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017;
// the formula is that of Erion, Janizek, Sturmfels, Lundberg and Lee, "Improving performance of
// deep learning models with axiomatic attribution priors and expected gradients", Nature Machine
// Intelligence 3, 2021, equation 3.
GradientShapResult gradient_shap(const Model& model, const Tensor& x, const Tensor& baselines,
                                 const Objective& objective, const GradientShapOptions& options,
                                 const Work& work = {});

}  // namespace backlight
