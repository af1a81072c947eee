// One step of layer-wise relevance propagation: through a layer with weights, under a rule, or
// through a sum.
#pragma once

#include <functional>

#include "autograd/recording.h"
#include "xai/lrp/rules.h"

namespace backlight {

// A layer that is linear in x: z = forward(x, weight, bias), the bias undefined or one a channel.
struct LinearLayer {
  Tensor x, weight, bias;
  std::function<Var(const Var& x, const Var& weight, const Var& bias)> forward;
};

// What became of the relevance of a layer's outputs; the entries of a row of the ledger.
struct Passed {
  std::vector<Var> relevance = {};  // of each input; undefined for constants
  double bias = 0, stabiliser = 0, nowhere = 0;
};

// The relevance of x, of the outputs' shape given: the formula of LinearRule.
Passed propagate(const LinearLayer& layer, const LinearRule& rule, const Tensor& relevance);

// R_i = x_i dz/dx_i R / (z + stabiliser sign z) for every tracked input of an op that is linear in
// them together: sums, differences, scalings, averages. The share of constants, of an affine
// function's shift too, counts as bias. `node` must have kept its inputs.
Passed propagate_through_sum(const Node& node, double stabiliser, const Tensor& relevance);

// The sum of all elements.
double total(const Tensor& x);

}  // namespace backlight
