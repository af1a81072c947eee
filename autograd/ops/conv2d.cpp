#include "kernels/conv2d.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

// The three convolutions are the derivatives of the one trilinear form <g, conv2d(x, w)>: each
// one's vjp is the other two.

struct Conv2dOp final : Op {
  Conv2dGeometry geometry;
  Var input;   // kept for the weight's gradient only
  Var weight;  // kept for the input's gradient only
  Shape input_shape, weight_shape, bias_shape;

  OpKind kind() const override { return OpKind::conv2d; }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    std::vector<Var> cotangents(3);
    if (context.wants(0)) cotangents[0] = conv2d_data_gradient(g, weight, input_shape, geometry);
    if (context.wants(1)) cotangents[1] = conv2d_weight_gradient(input, g, weight_shape, geometry);
    if (context.wants(2)) cotangents[2] = sum_to(g, bias_shape);
    return cotangents;
  }

  Var again(const std::vector<Var>& inputs) const override {
    return conv2d(inputs[0], inputs[1], inputs[2], geometry);
  }
};

struct Conv2dDataGradientOp final : Op {
  Conv2dGeometry geometry;
  Var g, weight;
  Shape weight_shape;

  OpKind kind() const override { return OpKind::conv2d_data_gradient; }

  std::vector<Var> vjp(const VjpContext& context, const Var& cotangent) const override {
    std::vector<Var> cotangents(2);
    if (context.wants(0)) cotangents[0] = conv2d(cotangent, weight, {}, geometry);
    if (context.wants(1))
      cotangents[1] = conv2d_weight_gradient(cotangent, g, weight_shape, geometry);
    return cotangents;
  }
};

struct Conv2dWeightGradientOp final : Op {
  Conv2dGeometry geometry;
  Var input, g;
  Shape input_shape;

  OpKind kind() const override { return OpKind::conv2d_weight_gradient; }

  std::vector<Var> vjp(const VjpContext& context, const Var& cotangent) const override {
    std::vector<Var> cotangents(2);
    if (context.wants(0)) cotangents[0] = conv2d_data_gradient(g, cotangent, input_shape, geometry);
    if (context.wants(1)) cotangents[1] = conv2d(input, cotangent, {}, geometry);
    return cotangents;
  }
};

}  // namespace

Var conv2d(const Var& x, const Var& weight, const Var& bias, Conv2dGeometry geometry) {
  auto node = std::make_unique<Conv2dOp>();
  node->geometry = geometry;
  node->input_shape = x.shape();
  node->weight_shape = weight.shape();
  if (weight.tracked()) node->input = x;
  if (x.tracked()) node->weight = weight;
  if (bias.defined()) node->bias_shape = bias.shape();
  return record(std::move(node), {x, weight, bias},
                kernels::conv2d(x.value(), weight.value(), bias.value(), geometry));
}

Var conv2d_data_gradient(const Var& g, const Var& weight, const Shape& input_shape,
                         Conv2dGeometry geometry) {
  auto node = std::make_unique<Conv2dDataGradientOp>();
  node->geometry = geometry;
  node->weight_shape = weight.shape();
  if (weight.tracked()) node->g = g;
  if (g.tracked()) node->weight = weight;
  return record(std::move(node), {g, weight},
                kernels::conv2d_data_gradient(g.value(), weight.value(), input_shape, geometry));
}

Var conv2d_weight_gradient(const Var& x, const Var& g, const Shape& weight_shape,
                           Conv2dGeometry geometry) {
  auto node = std::make_unique<Conv2dWeightGradientOp>();
  node->geometry = geometry;
  node->input_shape = x.shape();
  if (g.tracked()) node->input = x;
  if (x.tracked()) node->g = g;
  return record(std::move(node), {x, g},
                kernels::conv2d_weight_gradient(x.value(), g.value(), weight_shape, geometry));
}

}  // namespace backlight
