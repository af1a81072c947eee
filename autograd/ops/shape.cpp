#include "autograd/ops.h"
#include "autograd/recording.h"
#include "kernels/elementwise.h"

namespace backlight {
namespace {

struct BroadcastToOp final : Op {
  Shape input_shape;
  OpKind kind() const override { return OpKind::broadcast_to; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {sum_to(g, input_shape)};
  }
};

struct SumToOp final : Op {
  Shape input_shape, output_shape;
  OpKind kind() const override { return OpKind::sum_to; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {broadcast_to(g, input_shape)};
  }
  Var again(const std::vector<Var>& inputs) const override {
    return sum_to(inputs[0], output_shape);
  }
};

struct ReshapeOp final : Op {
  Shape input_shape;
  OpKind kind() const override { return OpKind::reshape; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {reshape(g, input_shape)};
  }
};

// Records an op whose only attribute is the shape of its input.
template <typename ShapeOp>
Var record_shape_op(const Var& x, Tensor output) {
  auto node = std::make_unique<ShapeOp>();
  node->input_shape = x.shape();
  return record(std::move(node), {x}, std::move(output));
}

}  // namespace

Var broadcast_to(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return record_shape_op<BroadcastToOp>(x, kernels::broadcast_to(x.value(), shape));
}

Var sum_to(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  auto node = std::make_unique<SumToOp>();
  node->input_shape = x.shape();
  node->output_shape = shape;
  return record(std::move(node), {x}, kernels::sum_to(x.value(), shape));
}

Var sum(const Var& x) { return sum_to(x, {}); }

Var mean(const Var& x) {
  require(x.value().numel() > 0, "the mean of no elements");
  return affine(sum(x), 1.0 / static_cast<double>(x.value().numel()), 0);
}

Var reshape(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return record_shape_op<ReshapeOp>(x, x.value().reshape(shape));
}

Var flatten(const Var& x) {
  require(x.value().rank() >= 1 && x.dim(0) > 0, "flatten wants a batch, not ", x.shape());
  return reshape(x, {x.dim(0), x.value().numel() / x.dim(0)});
}

}  // namespace backlight
