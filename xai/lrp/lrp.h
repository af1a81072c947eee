// Layer-wise relevance propagation: the score is handed back from layer to layer, and each input
// gets what it contributed.
#pragma once

#include "xai/lrp/composite.h"
#include "xai/lrp/ledger.h"
#include "xai/model.h"

namespace backlight {

struct LrpResult {
  Tensor values;           // the relevance of x, of its shape
  RelevanceLedger ledger;  // which layer kept how much; its sums are the method's check
};

// Starts with R = score at the output and applies, layer by layer, the composite's rules (rules.h).
// It is grad() under rules: relevance takes the place of the cotangent.
//
// - A batch norm in evaluation is folded into the convolution or linear layer before it, as the
//   rule looks at them; elsewhere it passes relevance on unchanged.
// - ReLU, PReLU, tanh and sigmoid pass it on unchanged: what a PReLU makes of a negative input is
//   the input's relevance, negative contributions and all, which the layer behind it sorts by sign.
// - Of a max pooling's window the largest element, the first of equals, takes all.
// - A sum shares it out in proportion to its terms; constants keep theirs.
//
// Errors: an op for which none of this holds, named. So the score is a logit or a sum of logits:
// softmax has no rule here.
// Source: Bach et al., "On pixel-wise explanations for non-linear classifier decisions by
// layer-wise relevance propagation", PLOS ONE 2015; Montavon et al., "Layer-wise relevance
// propagation: an overview", 2019.
LrpResult lrp(const Model& model, const Tensor& x, const Objective& objective,
              const Composite& composite = epsilon_plus());

}  // namespace backlight
