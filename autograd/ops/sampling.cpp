#include "kernels/sampling.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

// Sampling and spreading the samples out again are each other's transpose.
Var sample_affine_gradient(const Var& g, const AffineMap& map, const Shape& input_shape);

struct SampleAffineOp final : Op {
  AffineMap map;
  Shape input_shape;
  OpKind kind() const override { return OpKind::sample_affine; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {sample_affine_gradient(g, map, input_shape)};
  }
};

struct SampleAffineGradientOp final : Op {
  AffineMap map;
  std::int64_t height = 0, width = 0;
  OpKind kind() const override { return OpKind::sample_affine_gradient; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {sample_affine(g, map, height, width)};
  }
};

Var sample_affine_gradient(const Var& g, const AffineMap& map, const Shape& input_shape) {
  auto node = std::make_unique<SampleAffineGradientOp>();
  node->map = map;
  node->height = g.dim(1);
  node->width = g.dim(2);
  return record(std::move(node), {g}, kernels::sample_affine_gradient(g.value(), map, input_shape));
}

}  // namespace

Var sample_affine(const Var& x, const AffineMap& map, std::int64_t height, std::int64_t width) {
  auto node = std::make_unique<SampleAffineOp>();
  node->map = map;
  node->input_shape = x.shape();
  return record(std::move(node), {x}, kernels::sample_affine(x.value(), map, height, width));
}

}  // namespace backlight
