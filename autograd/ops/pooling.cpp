#include "kernels/pooling.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

// Picking and putting back are each other's transpose.
Var unpool2d(const Var& g, const kernels::PoolIndex& index);
Var pick_pooled(const Var& x, const kernels::PoolIndex& index);

struct MaxPool2dOp final : Op {
  kernels::PoolIndex index;
  OpKind kind() const override { return OpKind::max_pool2d; }
  const kernels::PoolIndex* pool_index() const override { return &index; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {unpool2d(g, index)};
  }
};

struct Unpool2dOp final : Op {
  kernels::PoolIndex index;
  OpKind kind() const override { return OpKind::unpool2d; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {pick_pooled(g, index)};
  }
};

struct PickPooledOp final : Op {
  kernels::PoolIndex index;
  OpKind kind() const override { return OpKind::pick_pooled; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {unpool2d(g, index)};
  }
};

Var unpool2d(const Var& g, const kernels::PoolIndex& index) {
  auto node = std::make_unique<Unpool2dOp>();
  node->index = index;
  return record(std::move(node), {g}, kernels::unpool2d(g.value(), index));
}

Var pick_pooled(const Var& x, const kernels::PoolIndex& index) {
  auto node = std::make_unique<PickPooledOp>();
  node->index = index;
  return record(std::move(node), {x}, kernels::pick_pooled(x.value(), index));
}

}  // namespace

Var max_pool2d(const Var& x, PoolGeometry geometry) {
  auto node = std::make_unique<MaxPool2dOp>();
  Tensor y = kernels::max_pool2d(x.value(), geometry, x.tracked() ? &node->index : nullptr);
  return record(std::move(node), {x}, std::move(y));
}

}  // namespace backlight
