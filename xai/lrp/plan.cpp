#include "xai/lrp/plan.h"

#include <algorithm>
#include <map>
#include <vector>

#include "autograd/grad.h"
#include "autograd/ops.h"
#include "kernels/elementwise.h"

namespace backlight {
namespace {

using kernels::Binary;
using kernels::binary;

// The nodes between the input and the score, from the input on.
std::vector<const Node*> nodes_between(const Node& input, const Node& score) {
  std::map<std::uint64_t, const Node*> beneath;
  std::vector<const Node*> open{&score};
  while (!open.empty()) {
    const Node* const node = open.back();
    open.pop_back();
    if (!beneath.emplace(node->order, node).second) continue;
    for (const auto& source : node->inputs)
      if (source) open.push_back(source.get());
  }
  std::unordered_set<const Node*> leads{&input};
  std::vector<const Node*> between;
  for (const auto& [order, node] : beneath) {
    const bool on_the_way =
        std::any_of(node->inputs.begin(), node->inputs.end(),
                    [&](const auto& source) { return leads.contains(source.get()); });
    if (!on_the_way) continue;
    leads.insert(node);
    between.push_back(node);
  }
  return between;
}

// Products and quotients are linear in one factor if the other is a constant.
void check_op(const Node& node) {
  require(crossing_of(node.op->kind()) != Crossing::refused, "LRP has no rule for the ",
          describe_op(node), "; explain a logit, or use another method for this network");
  const OpKind kind = node.op->kind();
  const bool product = kind == OpKind::multiply || kind == OpKind::divide || kind == OpKind::matmul;
  const auto is_tracked = [](const auto& source) { return source != nullptr; };
  const bool linear = std::count_if(node.inputs.begin(), node.inputs.end(), is_tracked) == 1 &&
                      (kind != OpKind::divide || node.inputs[0]);
  require(!product || linear, "LRP has no rule for the ", describe_op(node),
          " by something that depends on the input as well; use another method for this network");
}

bool reads(const Node& layer, const Node& input) {
  const Node* source = layer.inputs[0].get();
  while (source && source->op->kind() == OpKind::reshape) source = source->inputs[0].get();
  return source == &input;
}

// z -> scale z + shift, one of each a channel, of a batch norm in evaluation.
struct Scaling {
  Tensor scale, shift;
};

Scaling scaling_of(const Node& norm) {
  const Tensor& gamma = norm.kept_inputs[1].value();
  Recording recording;
  const Var zero =
      recording.input(Tensor::zeros({1, gamma.numel()}, gamma.dtype(), gamma.device()));
  const Var shift = norm.op->again({zero, gamma, norm.kept_inputs[2].value()});
  return {grad(shift, zero).reshape(gamma.shape()), shift.value().reshape(gamma.shape())};
}

}  // namespace

Crossing crossing_of(OpKind kind) {
  switch (kind) {
    case OpKind::input:
    case OpKind::named:
    case OpKind::reshape:
    case OpKind::broadcast_to:
    case OpKind::pick:
    case OpKind::max_pool2d: return Crossing::moved;
    case OpKind::relu:
    case OpKind::prelu:
    case OpKind::tanh:
    case OpKind::sigmoid: return Crossing::unchanged;
    case OpKind::conv2d:
    case OpKind::linear: return Crossing::by_rule;
    case OpKind::add:
    case OpKind::subtract:
    case OpKind::affine:
    case OpKind::sum_to:
    case OpKind::multiply:
    case OpKind::divide:
    case OpKind::matmul: return Crossing::as_sum;
    case OpKind::batch_norm: return Crossing::batch_norm;
    default: return Crossing::refused;
  }
}

std::string describe_op(const Node& node) {
  return str(name_of(node.op->kind()), node.layer.empty() ? "" : " of layer ", node.layer);
}

RelevancePlan plan_relevance(const Var& score, const Var& input) {
  require(score.tracked(), "LRP: the score does not depend on the input");
  const std::vector<const Node*> nodes = nodes_between(*input.node(), *score.node());
  std::unordered_map<const Node*, int> uses;
  for (const Node* node : nodes)
    for (const auto& source : node->inputs) ++uses[source.get()];
  RelevancePlan plan;
  for (const Node* node : nodes) {
    check_op(*node);
    const Crossing crossing = crossing_of(node->op->kind());
    if (crossing == Crossing::by_rule && reads(*node, *input.node())) plan.reads_input.insert(node);
    if (crossing != Crossing::batch_norm) continue;
    const Node* const before = node->inputs[0].get();
    if (crossing_of(before->op->kind()) != Crossing::by_rule || uses[before] != 1) continue;
    plan.norm_of[before] = node;
    plan.folded.insert(node);
  }
  return plan;
}

LinearLayer layer_of(const Node& node, const Node* norm) {
  LinearLayer layer{node.kept_inputs[0].value(), node.kept_inputs[1].value(),
                    node.kept_inputs[2].defined() ? node.kept_inputs[2].value() : Tensor(),
                    [&node](const Var& x, const Var& weight, const Var& bias) {
                      return node.op->again({x, weight, bias});
                    }};
  if (!norm) return layer;
  const Scaling norm_is = scaling_of(*norm);
  const auto rank = static_cast<std::size_t>(layer.weight.rank());
  const Shape a_row_each = Shape(std::vector<std::int64_t>(rank, 1)).with(0, norm_is.scale.numel());
  layer.weight = binary(Binary::multiply, layer.weight, norm_is.scale.reshape(a_row_each));
  layer.bias =
      layer.bias.defined()
          ? binary(Binary::add, binary(Binary::multiply, layer.bias, norm_is.scale), norm_is.shift)
          : norm_is.shift;
  return layer;
}

}  // namespace backlight
