#include "xai/lrp/lrp.h"

#include "xai/lrp/plan.h"

namespace backlight {
namespace {

// What the rules of one propagation share.
struct Propagation {
  const Composite& composite;
  RelevancePlan plan = {};
  RelevanceLedger ledger = {};

  void enter(const std::string& layer, const Node& node, const std::string& rule,
             const Tensor& relevance, const Passed& passed) {
    LedgerRow row{.layer = layer, .kind = node.op->kind(), .rule = rule};
    row.arrived = total(relevance);
    for (const Var& part : passed.relevance)
      if (part.defined()) row.passed += total(part.value());
    row.bias = passed.bias;
    row.stabiliser = passed.stabiliser;
    row.nowhere = passed.nowhere;
    ledger.rows.push_back(row);
  }

  std::vector<Var> through_layer(const Node& node, const Tensor& relevance) {
    const auto norm = plan.norm_of.find(&node);
    const bool folded = norm != plan.norm_of.end();
    const LinearRule& rule =
        composite.rule_for(node.op->kind(), node.layer, plan.reads_input.contains(&node));
    const Passed passed =
        propagate(layer_of(node, folded ? norm->second : nullptr), rule, relevance);
    const bool named = folded && !norm->second->layer.empty();
    enter(named ? node.layer + " + " + norm->second->layer : node.layer, node, rule.name, relevance,
          passed);
    return passed.relevance;
  }

  std::vector<Var> through_sum(const Node& node, const Tensor& relevance) {
    const Passed passed = propagate_through_sum(node, composite.stabiliser, relevance);
    enter(node.layer, node, "by share", relevance, passed);
    return passed.relevance;
  }

  std::vector<Var> through_norm(const Node& node, const Tensor& relevance) {
    if (!plan.folded.contains(&node))
      enter(node.layer, node, "unchanged", relevance, {.relevance = {relevance}});
    return {relevance};
  }

  std::vector<Var> through(const Node& node, const Tensor& relevance) {
    switch (crossing_of(node.op->kind())) {
      case Crossing::by_rule: return through_layer(node, relevance);
      case Crossing::as_sum: return through_sum(node, relevance);
      case Crossing::batch_norm: return through_norm(node, relevance);
      case Crossing::unchanged: return {relevance};
      case Crossing::moved:
      case Crossing::refused: break;
    }
    fail("LRP has no rule for the ", describe_op(node));
  }
};

// A rule for grad of every kind of op whose vjp is not what relevance does.
std::vector<Rule> rules_of(Propagation& propagation) {
  std::vector<Rule> rules;
  for (int k = 0; k <= static_cast<int>(OpKind::place); ++k) {
    const auto kind = static_cast<OpKind>(k);
    const Crossing crossing = crossing_of(kind);
    if (crossing == Crossing::moved) continue;
    const bool looks = crossing != Crossing::unchanged && crossing != Crossing::refused;
    rules.push_back(
        {.kind = kind, .needs_inputs = looks, .vjp = [&](const Node& node, const Var& relevance) {
           return propagation.through(node, relevance.value());
         }});
  }
  return rules;
}

}  // namespace

LrpResult lrp(const Model& model, const Tensor& x, const Objective& objective,
              const Composite& composite) {
  Propagation propagation{composite};
  const std::vector<Rule> rules = rules_of(propagation);
  Recording recording({.rules = rules});
  const Var input = recording.input(x);
  const Var score = objective(model(input));
  propagation.plan = plan_relevance(score, input);
  propagation.ledger.started = total(score.value());
  const std::vector<Var> relevance =
      grad(std::vector{score}, std::vector{input}, {.cotangents = {score.value()}, .rules = rules});
  LrpResult result{relevance[0].value().to(Device::cpu), propagation.ledger};
  result.ledger.arrived = total(result.values);
  return result;
}

}  // namespace backlight
