// DeepLIFT: how much each part of the input brings, compared with a baseline.
#pragma once

#include "xai/model.h"

namespace backlight {

struct DeepLiftOptions {
  Variant variant = Variant::paper;  // or captum, shap
};

struct DeepLiftResult {
  Tensor values;  // the shape of x
  // Completeness: the paper's map sums to F(x) - F(baseline), up to rounding.
  double sum = 0, expected = 0;
  double delta() const { return sum - expected; }
};

// (x - x') m, where m is the gradient of the objective under rules that replace each op's slope by
// what it really did between the baseline x' and x: dy / dx. The rules, and where the variants
// differ, are in deeplift_rules.h. Both run in one batch, and functions, modules used several times
// and residual connections are ops like all others.
// Errors: a baseline of another shape; an op that has no rule, by its name.
// Source: Shrikumar, Greenside and Kundaje, "Learning important features through propagating
// activation differences", ICML 2017 (the rescale rule).
DeepLiftResult deeplift(const Model& model, const Tensor& x, const Tensor& baseline,
                        const Objective& objective, const DeepLiftOptions& options = {},
                        const Work& work = {});

// DeepLIFT averaged over a background, as SHAP's DeepExplainer does: an estimate of the Shapley
// values of the pixels, with pictures of the background in the place of hidden ones.
struct DeepShapResult {
  Tensor values;          // the shape of x
  Tensor standard_error;  // of each value as a mean over the background; 0 for one picture
  // Completeness: the map sums to F(x) - mean F(background), up to rounding.
  double sum = 0, expected = 0;
  double delta() const { return sum - expected; }
};

// (1/B) sum_b (x - b) m_b over the pictures of `background`, [B,...]: one result for each of the
// objectives, which share the forward passes. work.batch counts pictures of the background; x goes
// through the model once with each batch of them.
// Errors: as deeplift; no background, or no objective.
// Source: Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017,
// section 4.2 (Deep SHAP), and SHAP's DeepExplainer.
std::vector<DeepShapResult> deepshap(const Model& model, const Tensor& x, const Tensor& background,
                                     const std::vector<Objective>& objectives,
                                     const DeepLiftOptions& options = {}, const Work& work = {});

}  // namespace backlight
