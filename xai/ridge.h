// Weighted ridge regression: the straight line through weighted samples that LIME looks for.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// y ~ intercept + sum_j weights[j] x[j]
struct LinearFit {
  std::vector<double> weights;
  // How far other samples of the same kind would move each weight: the
  // heteroscedasticity-consistent standard error HC3 (MacKinnon and White, 1985), which does not
  // take the line for the truth.
  std::vector<double> standard_errors;
  double intercept = 0;
  // 1 - sum_i w_i (y_i - fit_i)^2 / sum_i w_i (y_i - mean)^2 with the weighted mean of y: the share
  // of the weighted variance that the line explains. Where y does not vary, 1 if the line is exact,
  // else 0.
  double r2 = 0;
};

// The line that minimises  sum_i w_i (y_i - intercept - sum_j c_j x_ij)^2 + alpha sum_j c_j^2  for
// samples x [N,M] in float64, solved exactly: with x and y less their weighted means, X and Y,
//   (X^T W X + alpha I) c = X^T W Y,
// by Cholesky; the intercept is not penalised. The same as scikit-learn's Ridge with sample_weight.
// Errors: shapes that do not fit; a negative alpha or weight; no weight at all; an alpha so small
// that the samples do not determine the line.
LinearFit fit_ridge(const Tensor& x, const std::vector<double>& y, const std::vector<double>& w,
                    double alpha);

}  // namespace backlight
