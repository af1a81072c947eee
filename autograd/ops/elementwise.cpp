#include "kernels/elementwise.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

using kernels::Binary;
using kernels::Unary;

OpKind kind_of(Binary op) {
  switch (op) {
    case Binary::add: return OpKind::add;
    case Binary::subtract: return OpKind::subtract;
    case Binary::multiply: return OpKind::multiply;
    case Binary::divide: return OpKind::divide;
  }
  fail("unknown elementwise function");
}

OpKind kind_of(Unary f) {
  switch (f) {
    case Unary::exp: return OpKind::exp;
    case Unary::log: return OpKind::log;
    case Unary::tanh: return OpKind::tanh;
    case Unary::sigmoid: return OpKind::sigmoid;
  }
  fail("unknown elementwise function");
}

Var apply(Binary op, const Var& a, const Var& b);

struct BinaryOp final : Op {
  Binary op;
  Shape a_shape, b_shape;
  Var a, b;  // kept for products and quotients only

  OpKind kind() const override { return kind_of(op); }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    return {context.wants(0) ? sum_to(a_cotangent(g), a_shape) : Var(),
            context.wants(1) ? sum_to(b_cotangent(g), b_shape) : Var()};
  }

  Var again(const std::vector<Var>& inputs) const override {
    return apply(op, inputs[0], inputs[1]);
  }

  Var a_cotangent(const Var& g) const {
    switch (op) {
      case Binary::add:
      case Binary::subtract: return g;
      case Binary::multiply: return multiply(g, b);
      case Binary::divide: return divide(g, b);
    }
    return {};
  }

  Var b_cotangent(const Var& g) const {
    switch (op) {
      case Binary::add: return g;
      case Binary::subtract: return affine(g, -1, 0);
      case Binary::multiply: return multiply(g, a);
      case Binary::divide: return affine(divide(multiply(g, a), multiply(b, b)), -1, 0);
    }
    return {};
  }
};

Var apply(Binary op, const Var& a, const Var& b) {
  auto node = std::make_unique<BinaryOp>();
  node->op = op;
  node->a_shape = a.shape();
  node->b_shape = b.shape();
  const bool product = op == Binary::multiply || op == Binary::divide;
  if (product && (b.tracked() || a.tracked())) {
    if (b.tracked()) node->a = a;
    if (a.tracked() || op == Binary::divide) node->b = b;
  }
  return record(std::move(node), {a, b}, kernels::binary(op, a.value(), b.value()));
}

struct UnaryOp final : Op {
  Unary f;
  Var input;      // for log
  Tensor output;  // for the others

  OpKind kind() const override { return kind_of(f); }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    if (f == Unary::log) return {divide(g, input)};
    const Var y = context.output(output);
    if (f == Unary::exp) return {multiply(g, y)};
    if (f == Unary::tanh) return {multiply(g, affine(multiply(y, y), -1, 1))};
    return {multiply(g, multiply(y, affine(y, -1, 1)))};
  }
};

Var apply(Unary f, const Var& x) {
  auto node = std::make_unique<UnaryOp>();
  node->f = f;
  const Tensor y = kernels::unary(f, x.value());
  if (f == Unary::log)
    node->input = x;
  else
    node->output = y;
  return record(std::move(node), {x}, y);
}

struct AffineOp final : Op {
  double scale = 1, shift = 0;
  OpKind kind() const override { return OpKind::affine; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {affine(g, scale, 0)};
  }
  Var again(const std::vector<Var>& inputs) const override {
    return affine(inputs[0], scale, shift);
  }
};

struct PowerOp final : Op {
  double p = 1;
  Var input;
  OpKind kind() const override { return OpKind::power; }
  // x^1 and x^0 apart: at x = 0 their p x^(p - 1), or that of their gradient, is 0 times infinity.
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    if (p == 1) return {g};
    if (p == 0) return {affine(g, 0, 0)};
    return {multiply(g, affine(power(input, p - 1), p, 0))};
  }
};

}  // namespace

Var add(const Var& a, const Var& b) { return apply(Binary::add, a, b); }
Var subtract(const Var& a, const Var& b) { return apply(Binary::subtract, a, b); }
Var multiply(const Var& a, const Var& b) { return apply(Binary::multiply, a, b); }
Var divide(const Var& a, const Var& b) { return apply(Binary::divide, a, b); }
Var exp(const Var& x) { return apply(Unary::exp, x); }
Var log(const Var& x) { return apply(Unary::log, x); }
Var tanh(const Var& x) { return apply(Unary::tanh, x); }
Var sigmoid(const Var& x) { return apply(Unary::sigmoid, x); }

Var affine(const Var& x, double scale, double shift) {
  auto node = std::make_unique<AffineOp>();
  node->scale = scale;
  node->shift = shift;
  return record(std::move(node), {x}, kernels::affine(x.value(), scale, shift));
}

Var power(const Var& x, double p) {
  auto node = std::make_unique<PowerOp>();
  node->p = p;
  node->input = x;
  return record(std::move(node), {x}, kernels::power(x.value(), p));
}

}  // namespace backlight
