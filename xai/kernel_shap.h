// KernelSHAP: Shapley values as the weighted regression of the score on which segments are shown.
#pragma once

#include "xai/coalitions.h"

namespace backlight {

struct KernelShapOptions {
  std::int64_t samples = 0;  // coalitions to ask about; 0: 2 M + 2048, as SHAP's program
  std::uint64_t seed = 0;
};

struct KernelShapResult {
  Tensor values;                       // [H,W]: each pixel has the value of its segment
  std::vector<double> shapley_values;  // of each segment
  // Of each of them: what the drawing of coalitions does to it. 0 where all were taken.
  std::vector<double> standard_errors;
  double relative_error = 0;     // |standard_errors| / |shapley_values|, as L2 norms
  double sum = 0, expected = 0;  // f(x) - f(baseline): equal but for rounding
  std::int64_t coalitions = 0;   // that were asked about
  bool is_exact = false;         // all of them: these are the Shapley values themselves
};

// The phi that minimises sum_S w(S) (v(S) - v({}) - sum_{s in S} phi_s)^2 under sum_s phi_s =
// v(all) - v({}), where v shows segments of x over the baseline (xai/coalitions.h) and coalitions
// and weights are those of xai/shapley_kernel.h. With A = sum w z z^T, z the 0/1 vector of S, and
// b = sum w z (v(S) - v({})), it is phi = A^-1 (b - 1 (1^T A^-1 b - v(all) + v({})) / 1^T A^-1 1).
// The standard errors are the regression's under draws of pairs: with u_k the gradient that draw k
// adds, n Var(u) between P = A^-1 - A^-1 1 1^T A^-1 / 1^T A^-1 1.
// Of a single segment it is what it must sum to. Errors: as SegmentGame; fewer than 2 M + 4
// samples. Source: Lundberg and Lee, "A unified approach to interpreting model predictions",
// NeurIPS 2017, theorem 2; the solution is that of Covert and Lee, "Improving KernelSHAP", AISTATS
// 2021, eq. 7.
KernelShapResult kernel_shap(const SegmentGame& game, const KernelShapOptions& options,
                             const Work& work = {});

}  // namespace backlight
