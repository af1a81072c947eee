#include "autograd/ops.h"
#include "autograd/recording.h"
#include "kernels/activation.h"

namespace backlight {
namespace {

struct Conv2dBlockOp final : Op {
  Conv2dGeometry geometry;
  Tensor weight;
  Shape input_shape;
  kernels::PositiveMask open;  // where the ReLU let through, unless pooling follows
  kernels::PoolIndex index;    // where each pooled element came from, if it does

  OpKind kind() const override { return OpKind::conv2d_block; }

  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    const Tensor through = index.position.defined() ? kernels::unpool2d(g.value(), index)
                                                    : kernels::apply_mask(g.value(), open);
    return {conv2d_data_gradient(through, weight, input_shape, geometry)};
  }
};

}  // namespace

Var conv2d_block(const Var& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
                 const PoolGeometry* pool) {
  const Recording* const recording = Recording::current();
  const Var w(weight), b(bias);
  if (recording && recording->options().create_graph) {
    const Var y = relu(conv2d(x, w, b, geometry));
    return pool ? max_pool2d(y, *pool) : y;
  }
  require(!w.tracked() && !b.tracked(),
          "conv2d_block: weights to be differentiated with respect "
          "to need conv2d and relu as separate ops");
  auto node = std::make_unique<Conv2dBlockOp>();
  node->geometry = geometry;
  node->weight = weight;
  node->input_shape = x.shape();
  Tensor y = kernels::conv2d(x.value(), weight, bias, geometry, kernels::Activation::relu);
  if (pool)
    y = kernels::max_pool2d(y, *pool, x.tracked() ? &node->index : nullptr, true);
  else if (x.tracked())
    node->open = kernels::positive_mask(y);
  return record(std::move(node), {x}, y);
}

}  // namespace backlight
