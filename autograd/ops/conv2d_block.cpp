#include "autograd/ops.h"
#include "autograd/recording.h"
#include "kernels/activation.h"

namespace backlight {
namespace {

// Says of a cotangent that this mask has been put on it.
std::string masked_by(const kernels::PositiveMask& mask) {
  return str("masked by ", static_cast<const void*>(mask.bits.address()));
}

struct Conv2dBlockOp final : Op {
  Conv2dGeometry geometry;
  Tensor weight;
  Shape input_shape;
  kernels::PositiveMask open;  // where the ReLU let through, unless pooling follows
  kernels::PoolIndex index;    // where each pooled element came from, if it does

  OpKind kind() const override { return OpKind::conv2d_block; }

  const kernels::PositiveMask* cotangent_mask() const override {
    return open.bits.defined() ? &open : nullptr;
  }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    const kernels::PositiveMask* const beneath = context.mask_of(0);
    const Tensor gx = kernels::conv2d_data_gradient(through_relu(g.value()), weight, input_shape,
                                                    geometry, beneath);
    if (beneath) gx.storage().mark(masked_by(*beneath));
    return {gx};
  }

  Tensor through_relu(const Tensor& g) const {
    if (index.position.defined()) return kernels::unpool2d(g, index);
    return g.storage().is_marked(masked_by(open)) ? g : kernels::apply_mask(g, open);
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
  kernels::BlockOutput block =
      kernels::conv2d_block(x.value(), weight, bias, geometry, pool, x.tracked());
  node->open = block.open;
  node->index = block.index;
  return record(std::move(node), {x}, block.y);
}

}  // namespace backlight
