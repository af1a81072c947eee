#include "autograd/ops.h"
#include "autograd/recording.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"

namespace backlight {
namespace {

struct MatmulOp final : Op {
  bool transpose_a = false, transpose_b = false;
  Var a, b;

  OpKind kind() const override { return OpKind::matmul; }

  // With C = A B: dA = G B^T and dB = A^T G; each transposed where its matrix was.
  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    std::vector<Var> cotangents(2);
    if (context.wants(0))
      cotangents[0] =
          transpose_a ? matmul(b, transpose_b, g, true) : matmul(g, false, b, !transpose_b);
    if (context.wants(1))
      cotangents[1] =
          transpose_b ? matmul(g, true, a, transpose_a) : matmul(a, !transpose_a, g, false);
    return cotangents;
  }

  Var again(const std::vector<Var>& inputs) const override {
    return matmul(inputs[0], transpose_a, inputs[1], transpose_b);
  }
};

struct LinearOp final : Op {
  Var input;  // kept for the weight's gradient only
  Var weight;
  Shape bias_shape;

  OpKind kind() const override { return OpKind::linear; }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    return {context.wants(0) ? matmul(g, false, weight, false) : Var(),
            context.wants(1) ? matmul(g, true, input, false) : Var(),
            context.wants(2) ? sum_to(g, bias_shape) : Var()};
  }

  Var again(const std::vector<Var>& inputs) const override {
    return linear(inputs[0], inputs[1], inputs[2]);
  }
};

}  // namespace

Var matmul(const Var& a, bool transpose_a, const Var& b, bool transpose_b) {
  auto node = std::make_unique<MatmulOp>();
  node->transpose_a = transpose_a;
  node->transpose_b = transpose_b;
  if (b.tracked()) node->a = a;
  if (a.tracked()) node->b = b;
  return record(std::move(node), {a, b},
                kernels::gemm(a.value(), transpose_a, b.value(), transpose_b));
}

Var linear(const Var& x, const Var& weight, const Var& bias) {
  require(x.value().rank() == 2 && weight.value().rank() == 2 && x.dim(1) == weight.dim(1),
          "linear: an input of shape ", x.shape(), " does not fit weights of ", weight.shape());
  auto node = std::make_unique<LinearOp>();
  if (weight.tracked()) node->input = x;
  if (x.tracked()) node->weight = weight;
  Tensor y = kernels::gemm(x.value(), false, weight.value(), true);
  if (bias.defined()) {
    node->bias_shape = bias.shape();
    y = kernels::binary(kernels::Binary::add, y, bias.value());
  }
  return record(std::move(node), {x, weight, bias}, y);
}

}  // namespace backlight
