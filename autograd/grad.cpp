#include "autograd/grad.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "autograd/ops.h"

namespace backlight {
namespace {

std::string describe(const Node& node) {
  return str("the ", name_of(node.op->kind()), node.layer.empty() ? "" : " of layer ", node.layer);
}

// Whether a recording opened with the rule `given` can serve the rule `asked`.
bool serves(const Rule& given, const Rule& asked) {
  return given.applies_to(asked.kind, asked.layer) && (given.needs_inputs || !asked.needs_inputs) &&
         (given.needs_output || !asked.needs_output);
}

void check_rules(const std::vector<Rule>& rules) {
  const Recording* const recording = Recording::current();
  for (const Rule& rule : rules) {
    bool known = false;
    if (recording)
      for (const Rule& given : recording->options().rules) known |= serves(given, rule);
    require(known, "grad: a rule for ", name_of(rule.kind), rule.layer.empty() ? "" : " of layer ",
            rule.layer, " was not given to the recording; open the recording with it");
  }
}

void check_arguments(const std::vector<Var>& outputs, const std::vector<Var>& inputs,
                     const GradOptions& options) {
  require(options.cotangents.empty() || options.cotangents.size() == outputs.size(),
          "grad: ", outputs.size(), " outputs want as many cotangents, not ",
          options.cotangents.size());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    require(options.cotangents.empty() || options.cotangents[i].shape() == outputs[i].shape(),
            "grad: a cotangent does not have the shape of its output ", outputs[i].shape());
  for (const Var& input : inputs)
    require(input.tracked(), "grad: a tensor of shape ", input.shape(),
            " was not recorded; mark it with Recording::input, or name it in the recording");
  const Recording* const recording = Recording::current();
  require(!options.create_graph || (recording && recording->options().create_graph),
          "grad: gradients of gradients need a recording opened with create_graph");
  check_rules(options.rules);
}

// The nodes from which an input can be reached, among those beneath the outputs.
std::unordered_set<const Node*> find_needed(const std::vector<Var>& outputs,
                                            const std::vector<Var>& inputs) {
  std::unordered_set<const Node*> targets;
  for (const Var& input : inputs) targets.insert(input.node().get());
  std::map<std::uint64_t, const Node*> beneath;  // by order: inputs before what uses them
  std::vector<const Node*> open;
  for (const Var& output : outputs)
    if (output.tracked()) open.push_back(output.node().get());
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!beneath.emplace(node->order, node).second) continue;
    for (const auto& input : node->inputs)
      if (input) open.push_back(input.get());
  }
  std::unordered_set<const Node*> needed;
  for (const auto& [order, node] : beneath) {
    const bool leads = std::any_of(node->inputs.begin(), node->inputs.end(),
                                   [&](const auto& in) { return in && needed.contains(in.get()); });
    if (leads || targets.contains(node)) needed.insert(node);
  }
  return needed;
}

std::vector<Var> apply_rule(const Rule& rule, const Node& node, const Var& cotangent) {
  const bool inputs_missing = rule.needs_inputs && node.kept_inputs.size() != node.inputs.size();
  const bool output_missing = rule.needs_output && !node.kept_output.defined();
  require(!inputs_missing && !output_missing, "grad: a rule wants values of ", describe(node),
          " that were not kept; open the recording with the rule");
  std::vector<Var> passed = rule.vjp(node, cotangent);
  require(passed.size() <= node.inputs.size(), "grad: a rule passed ", passed.size(),
          " cotangents to ", describe(node), ", which has ", node.inputs.size(), " inputs");
  for (std::size_t i = 0; i < passed.size(); ++i)
    require(!passed[i].defined() || !node.inputs[i] || passed[i].shape() == node.inputs[i]->shape,
            "grad: a rule passed a cotangent of shape ", passed[i].shape(), " to input ", i, " of ",
            describe(node));
  return passed;
}

const Rule* rule_for(const Node& node, const std::vector<Rule>& rules) {
  for (const Rule& rule : rules)
    if (rule.applies_to(node.op->kind(), node.layer)) return &rule;
  return nullptr;
}

void accumulate(Var& into, const Var& term) { into = into.defined() ? add(into, term) : term; }

}  // namespace

std::vector<Var> grad(const std::vector<Var>& outputs, const std::vector<Var>& inputs,
                      const GradOptions& options) {
  // Check.
  check_arguments(outputs, inputs, options);
  const std::unordered_set<const Node*> needed = find_needed(outputs, inputs);
  std::optional<Unrecorded> unrecorded;
  if (!options.create_graph) unrecorded.emplace();

  // Seed the outputs. `pending` holds the cotangents so far of nodes still to visit, in order.
  std::map<std::uint64_t, std::pair<std::shared_ptr<Node>, Var>> pending;
  const auto send = [&](const std::shared_ptr<Node>& node, const Var& cotangent) {
    if (!node || !needed.contains(node.get())) return;
    auto& slot = pending[node->order];
    slot.first = node;
    accumulate(slot.second, cotangent);
  };
  for (std::size_t i = 0; i < outputs.size(); ++i)
    send(outputs[i].node(), options.cotangents.empty()
                                ? Var(Tensor::full(outputs[i].shape(), 1.0, outputs[i].dtype(),
                                                   outputs[i].value().device()))
                                : options.cotangents[i]);

  // Walk backwards: a node is visited when all that use it have been.
  std::unordered_map<const Node*, Var> results;
  for (const Var& input : inputs) results[input.node().get()];
  const std::function<bool(const Node&)> is_plain = [&](const Node& node) {
    return !options.create_graph && !results.contains(&node) && !rule_for(node, options.rules);
  };
  while (!pending.empty()) {
    const auto last = std::prev(pending.end());
    const std::shared_ptr<Node> node = last->second.first;
    const Var cotangent = std::move(last->second.second);
    pending.erase(last);
    const kernels::ProfileScope scope(node->layer, kernels::Pass::backward);
    const auto result = results.find(node.get());
    if (result != results.end()) result->second = cotangent;
    const Rule* const rule = rule_for(*node, options.rules);
    const std::vector<Var> passed = rule ? apply_rule(*rule, *node, cotangent)
                                         : node->op->vjp({node, needed, is_plain}, cotangent);
    for (std::size_t i = 0; i < passed.size(); ++i)
      if (passed[i].defined()) send(node->inputs[i], passed[i]);
  }

  // Collect, with zeros for what no output depends on.
  std::vector<Var> gradients;
  for (const Var& input : inputs) {
    const Var& gradient = results[input.node().get()];
    gradients.push_back(gradient.defined() ? gradient
                                           : Var(Tensor::zeros(input.shape(), input.dtype(),
                                                               input.value().device())));
  }
  return gradients;
}

Tensor grad(const Var& output, const Var& input, const GradOptions& options) {
  return grad(std::vector{output}, std::vector{input}, options)[0].value().dense();
}

std::vector<Var> own_vjp(const Node& node, const Var& cotangent) {
  const auto self = std::const_pointer_cast<Node>(node.shared_from_this());
  std::unordered_set<const Node*> needed;
  for (const auto& input : node.inputs) needed.insert(input.get());
  // No mask of a node beneath may be put on already: that node may be under a rule, too.
  const std::function<bool(const Node&)> is_plain = [](const Node&) { return false; };
  return node.op->vjp({self, needed, is_plain}, cotangent);
}

}  // namespace backlight
