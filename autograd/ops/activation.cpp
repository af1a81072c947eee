#include "kernels/activation.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

Var apply_mask(const Var& x, const kernels::PositiveMask& mask);

struct ApplyMaskOp final : Op {
  kernels::PositiveMask mask;
  OpKind kind() const override { return OpKind::apply_mask; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {apply_mask(g, mask)};
  }
};

Var apply_mask(const Var& x, const kernels::PositiveMask& mask) {
  auto node = std::make_unique<ApplyMaskOp>();
  node->mask = mask;
  return record(std::move(node), {x}, kernels::apply_mask(x.value(), mask));
}

struct ReluOp final : Op {
  kernels::PositiveMask open;
  OpKind kind() const override { return OpKind::relu; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {apply_mask(g, open)};
  }
};

struct PreluOp final : Op {
  kernels::PositiveMask open;
  Var input;  // kept for the slope's gradient only
  Var slope;
  Shape slope_shape;

  OpKind kind() const override { return OpKind::prelu; }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    std::vector<Var> cotangents(2);
    if (context.wants(0)) cotangents[0] = input_cotangent(g);
    if (context.wants(1))
      cotangents[1] =
          sum_to(multiply(apply_mask(g, kernels::complement(open)), input), slope_shape);
    return cotangents;
  }

  Var input_cotangent(const Var& g) const {
    if (!Recording::current()) return kernels::prelu_gradient(g.value(), open, slope.value());
    return add(apply_mask(g, open), multiply(apply_mask(g, kernels::complement(open)), slope));
  }
};

}  // namespace

Var relu(const Var& x) {
  auto node = std::make_unique<ReluOp>();
  if (x.tracked()) node->open = kernels::positive_mask(x.value());
  return record(std::move(node), {x}, kernels::relu(x.value()));
}

Var prelu(const Var& x, const Var& slope) {
  auto node = std::make_unique<PreluOp>();
  node->slope_shape = slope.shape();
  if (x.tracked() || slope.tracked()) node->open = kernels::positive_mask(x.value());
  if (slope.tracked()) node->input = x;
  node->slope = slope;
  return record(std::move(node), {x, slope}, kernels::prelu(x.value(), slope.value()));
}

}  // namespace backlight
