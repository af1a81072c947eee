#include "xai/deeplift_rules.h"

#include <algorithm>
#include <map>

#include "kernels/elementwise.h"
#include "kernels/multipliers.h"
#include "kernels/softmax.h"

namespace backlight {
namespace {

using kernels::Binary;
using kernels::binary;
using kernels::Unary;

Tensor add(const Tensor& a, const Tensor& b) { return binary(Binary::add, a, b); }
Tensor subtract(const Tensor& a, const Tensor& b) { return binary(Binary::subtract, a, b); }
Tensor multiply(const Tensor& a, const Tensor& b) { return binary(Binary::multiply, a, b); }
Tensor divide(const Tensor& a, const Tensor& b) { return binary(Binary::divide, a, b); }

// Row 0 of x without its batch axis: it broadcasts against all rows.
Tensor first_row(const Tensor& x) {
  return x.rows(0, 1).reshape(
      Shape(std::vector<std::int64_t>(x.shape().begin() + 1, x.shape().end())));
}

// Where |d| is larger than the threshold: far enough to divide by.
kernels::PositiveMask is_far(const Tensor& d, double threshold) {
  return kernels::positive_mask(kernels::affine(multiply(d, d), 1, -threshold * threshold));
}

Tensor choose(const kernels::PositiveMask& mask, const Tensor& yes, const Tensor& no) {
  return add(kernels::apply_mask(yes, mask), kernels::apply_mask(no, kernels::complement(mask)));
}

// numerator / d, and `near` where |d| does not reach the threshold.
Tensor quotient(const Tensor& numerator, const Tensor& d, const Tensor& near, double threshold) {
  return choose(is_far(d, threshold), divide(numerator, d), near);
}

// The smallest difference that is divided by.
constexpr double kTiny = 1e-10;
double threshold_for(Variant variant, OpKind kind, DType dtype) {
  if (variant == Variant::shap) return kind == OpKind::max_pool2d ? 1e-7 : 1e-6;
  const bool has_kinks =
      kind == OpKind::relu || kind == OpKind::prelu || kind == OpKind::max_pool2d;
  return dtype == DType::f32 && !has_kinks ? 1e-6 : kTiny;
}

// The multiplier of an elementwise function of one input, given what it made of x.
std::vector<Var> rescale(const Node& node, const Var& g, const Tensor& y, Variant variant) {
  const Tensor& x = node.kept_inputs[0].value();
  return {quotient(multiply(g.value(), difference_from_first(y)), difference_from_first(x),
                   own_vjp(node, g)[0].value(),
                   threshold_for(variant, node.op->kind(), x.dtype()))};
}

// (v_0 + v_n) / 2 of what depends on the input; a constant is the same in all rows.
Tensor pair_mean(const Node& node, std::size_t i) {
  const Tensor& v = node.kept_inputs[i].value();
  return node.inputs[i] ? kernels::affine(add(first_row(v), v), 0.5, 0) : v;
}

std::vector<Var> multiply_rule(const Node& node, const Var& g) {
  std::vector<Var> cotangents(2);
  for (std::size_t i : {0, 1})
    if (node.inputs[i])
      cotangents[i] =
          kernels::sum_to(multiply(g.value(), pair_mean(node, 1 - i)), node.kept_inputs[i].shape());
  return cotangents;
}

std::vector<Var> divide_rule(const Node& node, const Var& g) {
  if (!node.inputs[1]) return own_vjp(node, g);
  const Tensor& b = node.kept_inputs[1].value();
  const Tensor inverse = kernels::power(b, -1);
  std::vector<Var> cotangents(2);
  if (node.inputs[0])
    cotangents[0] = kernels::sum_to(
        multiply(g.value(), kernels::affine(add(first_row(inverse), inverse), 0.5, 0)),
        node.kept_inputs[0].shape());
  const Tensor slope = kernels::affine(multiply(first_row(inverse), inverse), -1, 0);
  cotangents[1] =
      kernels::sum_to(multiply(multiply(g.value(), pair_mean(node, 0)), slope), b.shape());
  return cotangents;
}

std::vector<Var> max_pool2d_rule(const Node& node, const Var& g, Variant variant) {
  const kernels::PoolMultipliers m = kernels::max_pool2d_multipliers(
      g.value(), node.kept_inputs[0].value(), *node.op->pool_index(),
      threshold_for(variant, OpKind::max_pool2d, g.dtype()), variant == Variant::shap ? 0 : 1);
  return {kernels::unpool2d(m.values, m.index)};
}

Tensor row_sums(const Tensor& x) { return kernels::sum_to(x, x.shape().with(-1, 1)); }

Tensor larger(const Tensor& a, const Tensor& b) { return add(b, kernels::relu(subtract(a, b))); }

// The multipliers of x given those of l = log_softmax(x). Exponentials are taken after the larger
// of both rows' L is subtracted, so that none overflows.
Tensor through_log_softmax(const Tensor& g, const Tensor& x, const Tensor& l, double threshold) {
  const Tensor log_sum = subtract(x, l);
  const Tensor shift = larger(first_row(log_sum), log_sum);
  const Tensor e = kernels::unary(Unary::exp, subtract(x, shift));
  const Tensor e_first = kernels::unary(Unary::exp, subtract(first_row(x), shift));
  const Tensor sum = row_sums(e);
  const Tensor of_exp = quotient(subtract(e_first, e), difference_from_first(x), e, threshold);
  // Every element of a row holds the same L: their mean is it, to the last digit.
  const double classes = static_cast<double>(x.dim(-1));
  const Tensor d_log = kernels::affine(row_sums(difference_from_first(log_sum)), 1 / classes, 0);
  const Tensor of_log =
      quotient(d_log, subtract(row_sums(e_first), sum), kernels::power(sum, -1), threshold);
  return subtract(g, multiply(multiply(of_log, of_exp), row_sums(g)));
}

std::vector<Var> log_softmax_rule(const Node& node, const Var& g) {
  const Tensor& x = node.kept_inputs[0].value();
  const double threshold = threshold_for(Variant::paper, OpKind::log_softmax, x.dtype());
  return {through_log_softmax(g.value(), x, node.kept_output, threshold)};
}

std::vector<Var> softmax_rule(const Node& node, const Var& g) {
  const Tensor &x = node.kept_inputs[0].value(), &y = node.kept_output;
  const double threshold = threshold_for(Variant::paper, OpKind::softmax, x.dtype());
  const Tensor l = kernels::log_softmax(x);
  const Tensor of_exp = quotient(difference_from_first(y), difference_from_first(l), y, threshold);
  return {through_log_softmax(multiply(g.value(), of_exp), x, l, threshold)};
}

bool tools_have_a_rule_for(OpKind kind) {
  return kind == OpKind::relu || kind == OpKind::sigmoid || kind == OpKind::tanh ||
         kind == OpKind::softmax || kind == OpKind::max_pool2d;
}

// Whether Captum drops the rule: both ops watch the gradient of the one tensor between them, and
// the op that made it looks first.
bool captum_drops(const Node& node) {
  const Node* from = node.inputs[0].get();
  while (from && from->op->kind() == OpKind::named) from = from->inputs[0].get();
  return from && tools_have_a_rule_for(from->op->kind());
}

// Row 0 less row 1, in both.
Tensor captum_difference(const Tensor& x) {
  const Tensor d = subtract(x.rows(0, 1), x.rows(1, 1));
  return concatenate({d, d});
}

// Captum's rules for a baseline (row 0) and an input (row 1), whose cotangents part where an op
// passes its own gradient on.
Tensor captum_rescale(const Node& node, const Var& g, const Tensor& y) {
  const Tensor& x = node.kept_inputs[0].value();
  return quotient(multiply(g.value(), captum_difference(y)), captum_difference(x),
                  own_vjp(node, g)[0].value(), kTiny);
}

Tensor captum_softmax(const Node& node, const Var& g) {
  const Tensor m = captum_rescale(node, g, node.kept_output);
  return subtract(m,
                  kernels::affine(kernels::sum_to(m, {}), 1 / static_cast<double>(m.numel()), 0));
}

Tensor captum_max_pool2d(const Node& node, const Var& g) {
  const kernels::PoolIndex& own = *node.op->pool_index();
  const Tensor& x = node.kept_inputs[0].value();
  const Tensor y = kernels::pick_pooled(x, own);
  const Tensor most = larger(y.rows(0, 1), y.rows(1, 1));
  const Tensor parts = concatenate({subtract(y.rows(1, 1), most), subtract(most, y.rows(0, 1))});
  const Tensor placed = kernels::unpool2d(multiply(g.value(), parts), own);
  const Tensor both = add(placed.rows(0, 1), placed.rows(1, 1));
  const Tensor of_input = own_vjp(node, g)[0].value().rows(1, 1);
  const Tensor d = subtract(x.rows(1, 1), x.rows(0, 1));
  const Tensor m = quotient(both, d, of_input, kTiny);
  return concatenate({m, m});
}

std::vector<Var> apply_captum(const Node& node, const Var& g) {
  if (captum_drops(node)) return own_vjp(node, g);
  switch (node.op->kind()) {
    case OpKind::relu: return {captum_rescale(node, g, kernels::relu(node.kept_inputs[0].value()))};
    case OpKind::max_pool2d: return {captum_max_pool2d(node, g)};
    case OpKind::softmax: return {captum_softmax(node, g)};
    default: return {captum_rescale(node, g, node.kept_output)};
  }
}

std::vector<Var> apply(const Node& node, const Var& g, Variant variant) {
  if (variant == Variant::captum) return apply_captum(node, g);
  switch (node.op->kind()) {
    case OpKind::relu:
      return {kernels::relu_multipliers(g.value(), node.kept_inputs[0].value(),
                                        threshold_for(variant, OpKind::relu, g.dtype()))};
    case OpKind::multiply: return multiply_rule(node, g);
    case OpKind::divide: return divide_rule(node, g);
    case OpKind::max_pool2d: return max_pool2d_rule(node, g, variant);
    case OpKind::log_softmax: return log_softmax_rule(node, g);
    case OpKind::softmax:
      if (variant != Variant::shap) return softmax_rule(node, g);
      [[fallthrough]];
    default: return rescale(node, g, node.kept_output, variant);
  }
}

// The kinds with rules, and whether a rule needs the op's output beside its inputs.
struct Handled {
  OpKind kind;
  bool needs_output;
};
constexpr Handled kHandled[] = {
    {OpKind::relu, false},   {OpKind::prelu, true},       {OpKind::exp, true},
    {OpKind::log, true},     {OpKind::tanh, true},        {OpKind::sigmoid, true},
    {OpKind::power, true},   {OpKind::multiply, false},   {OpKind::divide, false},
    {OpKind::softmax, true}, {OpKind::log_softmax, true}, {OpKind::max_pool2d, false},
};

// The ops that are linear in all inputs together, and those that are in one if the others are
// constants.
constexpr OpKind kLinear[] = {
    OpKind::input,        OpKind::named,  OpKind::add,     OpKind::subtract, OpKind::affine,
    OpKind::broadcast_to, OpKind::sum_to, OpKind::reshape, OpKind::pick,     OpKind::place};
constexpr OpKind kLinearInOne[] = {OpKind::matmul, OpKind::linear, OpKind::conv2d,
                                   OpKind::conv2d_data_gradient, OpKind::batch_norm};

template <typename Kinds>
bool contains(const Kinds& kinds, OpKind kind) {
  return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

std::string describe(const Node& node) {
  return str(name_of(node.op->kind()), node.layer.empty() ? "" : " of layer ", node.layer);
}

void require_rule(const Node& node, std::int64_t rows) {
  const OpKind kind = node.op->kind();
  const auto variable = std::count_if(node.inputs.begin(), node.inputs.end(),
                                      [](const auto& input) { return input != nullptr; });
  const bool has_rule = std::any_of(std::begin(kHandled), std::end(kHandled),
                                    [&](const Handled& handled) { return handled.kind == kind; });
  require(has_rule || contains(kLinear, kind) || contains(kLinearInOne, kind),
          "DeepLIFT has no rule for the ", describe(node),
          "; use a method that needs none, such as integrated gradients");
  const bool only_first = contains(kLinearInOne, kind) || kind == OpKind::prelu;
  require(!only_first || variable <= 1, "DeepLIFT has no rule for the ", describe(node),
          ", of which two inputs depend on the picture; use a method that needs none, such as "
          "integrated gradients");
  const bool over_last = kind == OpKind::softmax || kind == OpKind::log_softmax;
  require(node.shape.rank() >= (over_last ? 2 : 1) && node.shape[0] == rows,
          "DeepLIFT compares pictures row by row, "
          "but the ",
          describe(node), " makes ", node.shape, " of a batch of ", rows);
}

}  // namespace

Tensor difference_from_first(const Tensor& x) { return subtract(first_row(x), x); }

std::vector<Rule> deeplift_rules(Variant variant) {
  const bool tool = variant == Variant::captum || variant == Variant::shap;
  std::vector<Rule> rules;
  for (const auto& [kind, needs_output] : kHandled)
    if (!tool || tools_have_a_rule_for(kind))
      rules.push_back(
          {.kind = kind,
           .needs_inputs = true,
           .needs_output = needs_output,
           .vjp = [variant](const Node& node, const Var& g) { return apply(node, g, variant); }});
  return rules;
}

void require_deeplift_rules(const Var& score) {
  std::map<std::uint64_t, const Node*> beneath;  // by order, so that the first culprit is named
  std::vector<const Node*> open{score.node().get()};
  while (!open.empty()) {
    const Node* const node = open.back();
    open.pop_back();
    if (!node || !beneath.emplace(node->order, node).second) continue;
    for (const auto& input : node->inputs) open.push_back(input.get());
  }
  for (const auto& [order, node] : beneath) require_rule(*node, score.dim(0));
}

}  // namespace backlight
