// What layer-wise relevance propagation does at each op of a recorded network, decided before any
// relevance moves: which ops it can pass, which batch norms fold into the layer before them, which
// layers read the input.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "xai/lrp/propagate.h"

namespace backlight {

// How relevance goes through a kind of op.
enum class Crossing : std::uint8_t {
  moved,       // by the op's own vjp: reshapes, picked elements; a maximum's winner takes all
  unchanged,   // an activation function has one input, which takes all
  by_rule,     // a layer with weights: the composite's rule
  as_sum,      // in proportion to what each input contributes
  batch_norm,  // folded into the layer before it; unchanged where there is none
  refused,
};
Crossing crossing_of(OpKind kind);

struct RelevancePlan {
  std::unordered_map<const Node*, const Node*>
      norm_of;                                  // of a layer: the batch norm folded into it
  std::unordered_set<const Node*> folded;       // those batch norms
  std::unordered_set<const Node*> reads_input;  // layers whose input is the network's
};

// The plan for the way from `score` back to `input`. A batch norm folds into a convolution or
// linear layer that nothing else uses.
// Errors: an op on the way that has no rule, named; an op that would need one of its own because
// two of its inputs depend on the network's.
RelevancePlan plan_relevance(const Var& score, const Var& input);

// A conv2d or linear node as a layer; with `norm`, which follows it, folded in:
// weight' = scale weight, bias' = scale bias + shift, where the norm is scale z + shift.
// The model's tensors are read, not written.
LinearLayer layer_of(const Node& node, const Node* norm);

// "conv2d of layer cnn.0", for messages and the ledger's layers without a name.
std::string describe_op(const Node& node);

}  // namespace backlight
