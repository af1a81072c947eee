#include "xai/lrp/propagate.h"

#include "autograd/grad.h"
#include "kernels/activation.h"
#include "kernels/elementwise.h"

namespace backlight {
namespace {

using kernels::Binary;
using kernels::binary;

Tensor times(const Tensor& a, const Tensor& b) { return binary(Binary::multiply, a, b); }

Tensor scaled(const Tensor& x, double scale) {
  return scale == 1 ? x : kernels::affine(x, scale, 0);
}

void accumulate(Tensor& into, const Tensor& term) {
  into = into.defined() ? binary(Binary::add, into, term) : term;
}

Tensor where_positive(const Tensor& x, const Tensor& sign_of) {
  return kernels::apply_mask(x, kernels::positive_mask(sign_of));
}

Tensor where_negative(const Tensor& x, const Tensor& sign_of) {
  return where_positive(x, kernels::affine(sign_of, -1, 0));
}

// +-stabiliser, of the sign of z; + where it is 0.
Tensor stabiliser_of(const Tensor& z, double stabiliser) {
  const Tensor twice = Tensor::full(z.shape(), -2 * stabiliser, z.dtype(), z.device());
  return kernels::affine(where_negative(twice, z), 1, stabiliser);
}

// The gradient map: s = R / stabilised(z), and what of the relevance that leaves with the
// stabiliser: R - s z.
struct Quotient {
  Tensor s;
  double stabiliser = 0, nowhere = 0;  // where z is not 0, and where it is
};

Quotient divide_up(const Tensor& relevance, const Tensor& z, double stabiliser) {
  const Tensor offset = stabiliser_of(z, stabiliser);
  Quotient quotient{binary(Binary::divide, relevance, binary(Binary::add, z, offset))};
  const Tensor left = times(quotient.s, offset);
  quotient.stabiliser = total(where_positive(left, z)) + total(where_negative(left, z));
  quotient.nowhere = total(left) - quotient.stabiliser;
  return quotient;
}

// A modified copy of the layer as it was computed.
struct Computed {
  Var x, bias = {}, z = {};
  double sign = 1;
};

bool is_zero(const Tensor& x) {
  return total(modifiers::positive(x)) == 0 && total(modifiers::negative(x)) == 0;
}

// The copies of a fraction, without those that are 0 everywhere: what stands behind a ReLU has no
// negative part.
std::vector<Computed> compute(const LinearLayer& layer, const Fraction& fraction,
                              Recording& recording) {
  std::vector<Computed> copies;
  for (const ModifiedLayer& modified : fraction.copies) {
    const Tensor x = modified.input(layer.x);
    const Tensor bias = layer.bias.defined() ? modified.bias(layer.bias) : Tensor();
    if (!copies.empty() && !bias.defined() && is_zero(x)) continue;
    Computed copy{.x = recording.input(x), .sign = modified.sign};
    if (bias.defined()) copy.bias = recording.input(bias);
    copy.z = layer.forward(copy.x, modified.weight(layer.weight), copy.bias);
    copies.push_back(copy);
  }
  return copies;
}

Tensor open_gate(const Tensor& relevance, Gate gate, const Tensor& output) {
  if (gate == Gate::where_positive) return where_positive(relevance, output);
  if (gate == Gate::where_negative) return where_negative(relevance, output);
  return relevance;
}

// Adds what a fraction passes on and loses.
void add_fraction(const LinearLayer& layer, const LinearRule& rule, const Fraction& fraction,
                  const Tensor& relevance, Tensor& of_input, Passed& passed) {
  Recording recording;
  const std::vector<Computed> copies = compute(layer, fraction, recording);
  Tensor z;
  for (const Computed& copy : copies) accumulate(z, scaled(copy.z.value(), copy.sign));
  const Quotient quotient = divide_up(relevance, z, rule.stabiliser);
  passed.stabiliser += fraction.share * quotient.stabiliser;
  passed.nowhere += fraction.share * quotient.nowhere;
  for (const Computed& copy : copies) {
    std::vector<Var> inputs{copy.x};
    if (copy.bias.defined()) inputs.push_back(copy.bias);
    const std::vector<Var> gradients =
        grad(std::vector{copy.z}, inputs,
             {.cotangents = {scaled(quotient.s, fraction.share * copy.sign)}});
    accumulate(of_input, times(copy.x.value(), gradients[0].value()));
    if (copy.bias.defined()) passed.bias += total(times(copy.bias.value(), gradients[1].value()));
  }
}

}  // namespace

double total(const Tensor& x) { return kernels::sum_to(x, {}).item(); }

Passed propagate(const LinearLayer& layer, const LinearRule& rule, const Tensor& relevance) {
  Passed passed;
  Tensor of_input, output;
  double gated_off = 0;
  for (const Fraction& fraction : rule.fractions) {
    if (fraction.gate == Gate::open) {
      add_fraction(layer, rule, fraction, relevance, of_input, passed);
      continue;
    }
    if (!output.defined()) {
      output = layer.forward(layer.x, layer.weight, layer.bias).value();
      gated_off = total(relevance);
    }
    const Tensor through = open_gate(relevance, fraction.gate, output);
    gated_off -= total(through);
    const bool idle = of_input.defined() && is_zero(through);  // a ReLU passed no negative output
    if (!idle) add_fraction(layer, rule, fraction, through, of_input, passed);
  }
  passed.nowhere += gated_off;
  passed.relevance = {of_input};
  return passed;
}

Passed propagate_through_sum(const Node& node, double stabiliser, const Tensor& relevance) {
  Recording recording;
  std::vector<Var> arguments, inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Var& kept = node.kept_inputs[i];
    arguments.push_back(node.inputs[i] ? recording.input(kept.value()) : kept);
    if (node.inputs[i]) inputs.push_back(arguments.back());
  }
  const Var z = node.op->again(arguments);
  const Quotient quotient = divide_up(relevance, z.value(), stabiliser);
  const std::vector<Var> gradients = grad(std::vector{z}, inputs, {.cotangents = {quotient.s}});
  Passed passed{.stabiliser = quotient.stabiliser, .nowhere = quotient.nowhere};
  passed.bias = total(times(quotient.s, z.value()));
  for (std::size_t i = 0, k = 0; i < node.inputs.size(); ++i) {
    passed.relevance.emplace_back();
    if (!node.inputs[i]) continue;
    passed.relevance[i] = times(arguments[i].value(), gradients[k++].value());
    passed.bias -= total(passed.relevance[i].value());
  }
  return passed;
}

}  // namespace backlight
