// DeepLIFT's multipliers, as rules of the op graph for a batch whose rows are compared with its
// first.
#pragma once

#include <vector>

#include "xai/model.h"

namespace backlight {

// Rules under which the gradient with respect to the input of a batch is, in each row n, the
// multiplier m_n of that row against row 0: sum_i m_n[i] (x_0[i] - x_n[i]) = f(x_0) - f(x_n). With
// d. the difference between row 0 and row n, g the multiplier of the output y and m the one of the
// input x:
//   elementwise functions   m = g dy / dx, and their gradient at x_n where |dx| < 1e-10 (where a
//                           float32 difference of a smooth function is rounding: 1e-6)
//   y = a b                 m_a = g (b_0 + b_n) / 2, m_b = g (a_0 + a_n) / 2: what each of them
//                           brings if both change, whichever goes first
//   y = a / b               as a times 1/b, and d(1/b) / db = -1 / (b_0 b_n)
//   max pooling             y* = max(y_0, y_n); g (y* - y_n) goes to the place where x_0 has its
//                           maximum (the first of the window where there are several) and
//                           g (y_0 - y*), of which one is 0, to that of x_n, divided by dx there;
//                           the gradient at x_n where nothing changed
//   log_softmax             y_i = x_i - L, L = log sum_j exp(x_j) by the rules of its parts:
//                           m_i = g_i - (dL/dS) (de_i/dx_i) sum_j g_j with e = exp(x), S = sum e
//   softmax                 exp of log_softmax
// Linear ops pass m on as a gradient. Nothing looks across rows other than at row 0, so that a
// row's multiplier does not depend on which others there are.
// Variant::captum is Captum 0.9's: ReLU, sigmoid, tanh, softmax and max pooling have rules and all
// else its gradient; a rule is dropped where the input comes straight from another of these ops, as
// max pooling's is after a ReLU; softmax is taken elementwise and the mean of all its multipliers
// is subtracted. It does not conserve. The batch must be two rows, the baseline and the input:
// Captum takes gradients at both, and the input's row is the one that counts.
// Variant::shap is SHAP 0.51's: the same ops have rules, softmax elementwise, with the gradient
// where |dx| < 1e-6 and nothing for max pooling where |dx| < 1e-7.
// Source: Shrikumar, Greenside and Kundaje, "Learning important features through propagating
// activation differences", ICML 2017, sections 3.2 and 3.5.1; max pooling as in Captum and SHAP.
std::vector<Rule> deeplift_rules(Variant variant);

// x_0 - x_n in each row n of a batch.
Tensor difference_from_first(const Tensor& x);

// Errors: beneath `score`, [rows], lies an op that has no rule and is not linear, or one that mixes
// the rows; the message names it.
void require_deeplift_rules(const Var& score);

}  // namespace backlight
