// The rules of layer-wise relevance propagation (LRP) for a layer with weights, as data: what each
// does to the input, to the parameters and to the output of the layer, how relevance becomes a
// cotangent, and how the results are put together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// What a rule makes of a layer's input, weight or bias, of the same shape. An undefined result
// leaves a bias out.
using Modifier = std::function<Tensor(const Tensor&)>;

namespace modifiers {
Tensor same(const Tensor& x);
Tensor positive(const Tensor& x);  // max(x, 0)
Tensor negative(const Tensor& x);  // min(x, 0)
Tensor squared(const Tensor& x);
Tensor ones(const Tensor& x);
Tensor none(const Tensor& x);  // for a bias
Modifier constant(double value);
Modifier grow_positive(double gamma);  // x + gamma max(x, 0)
Modifier grow_negative(double gamma);  // x + gamma min(x, 0)
}  // namespace modifiers

// One modified copy of the layer: z' = sign (sum_i x'_i w'_ij + b'_j).
struct ModifiedLayer {
  Modifier input, weight, bias;  // the slots for the input and for the parameters
  double sign = 1;               // the slot for the output
};

// Which outputs pass on their relevance: all, or those of one sign of the layer's true output.
enum class Gate : std::uint8_t { open, where_positive, where_negative };

// Relevance is shared out in proportion to the contributions to Z, the sum of some modified copies.
struct Fraction {
  std::vector<ModifiedLayer> copies;
  Gate gate = Gate::open;  // the slot for the gradient: R becomes gate(R) / stabilised(Z)
  double share = 1;        // the slot for the reduction: what this fraction is added with
};

// R_i = sum_f share_f sum_{c in f} x^c_i sum_j sign_c w^c_ij gate_f(R_j) / stabilised(Z_fj), with
// Z_fj = sum_{c in f} z^c_j and stabilised(Z) = Z + stabiliser if Z >= 0, Z - stabiliser else.
// The bias takes part in Z as one more input, whose relevance goes no further.
struct LinearRule {
  std::string name;
  std::vector<Fraction> fractions;
  double stabiliser = 1e-6;
};

// R_i = sum_j x_i w_ij / (z_j + epsilon sign z_j) R_j
// Source: Bach et al., "On pixel-wise explanations for non-linear classifier decisions by
// layer-wise relevance propagation", PLOS ONE 2015, equation 58.
LinearRule epsilon_rule(double epsilon = 1e-6);

// With inputs that are not negative: R_i = sum_j x_i (w_ij + gamma w_ij+) / sum_i ... R_j. For any
// input: where z_j > 0, positive contributions are enlarged by gamma, where z_j < 0 negative ones;
// an output of exactly 0 passes nothing.
// Source: Montavon et al., "Layer-wise relevance propagation: an overview", 2019, section 10.2;
// for any input Andeol et al., "Learning domain invariant representations by joint Wasserstein
// distance minimization", 2021.
LinearRule gamma_rule(double gamma = 0.25);

// R_i = sum_j (alpha z_ij+ / z_j+ - beta z_ij- / z_j-) R_j, with z_ij = x_i w_ij and the bias among
// the contributions of its sign. Errors: alpha - beta is not 1, or beta is negative.
// Source: Bach et al. 2015, equation 60.
LinearRule alpha_beta_rule(double alpha = 2, double beta = 1);

// R_i = sum_j z_ij+ / z_j+ R_j: alpha-beta with alpha = 1 and beta = 0.
// Source: Montavon et al., "Explaining nonlinear classification decisions with deep Taylor
// decomposition", Pattern Recognition 2017, section 4.1, there without a bias.
LinearRule z_plus_rule();

// For inputs in [low, high]: R_i = sum_j (x_i w_ij - low w_ij+ - high w_ij-) / sum_i ... R_j.
// Source: Montavon et al. 2017, section 4.2. Errors: low is not below high.
LinearRule z_box_rule(double low, double high);

// R_i = sum_j w_ij^2 / sum_i w_ij^2 R_j, for inputs without bounds.
// Source: Montavon et al. 2017, section 4.2.
LinearRule w_squared_rule();

// R_i = sum_j 1 / (number of inputs of j) R_j.
// Source: Lapuschkin et al., "Unmasking Clever Hans predictors and assessing what machines really
// learn", Nature Communications 2019, supplementary note 3.
LinearRule flat_rule();

}  // namespace backlight
