#include "kernels/softmax.h"

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {
namespace {

// The sum over the last axis, kept as an axis of extent 1.
Var row_sums(const Var& x) { return sum_to(x, x.shape().with(-1, 1)); }

struct SoftmaxOp final : Op {
  Tensor output;
  OpKind kind() const override { return OpKind::softmax; }
  // y (g - sum_j g_j y_j)
  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    const Var y = context.output(output);
    return {multiply(y, subtract(g, row_sums(multiply(g, y))))};
  }
};

struct LogSoftmaxOp final : Op {
  Tensor output;
  OpKind kind() const override { return OpKind::log_softmax; }
  // g - exp(y) sum_j g_j
  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    return {subtract(g, multiply(exp(context.output(output)), row_sums(g)))};
  }
};

Var place(const Var& g, const Tensor& index, std::int64_t classes);

struct PickOp final : Op {
  Tensor index;
  std::int64_t classes = 0;
  OpKind kind() const override { return OpKind::pick; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    return {place(g, index, classes)};
  }
};

struct PlaceOp final : Op {
  Tensor index;
  OpKind kind() const override { return OpKind::place; }
  std::vector<Var> vjp(const VjpContext&, const Var& g) const override { return {pick(g, index)}; }
};

Var place(const Var& g, const Tensor& index, std::int64_t classes) {
  auto node = std::make_unique<PlaceOp>();
  node->index = index;
  return record(std::move(node), {g}, kernels::place(g.value(), index, classes));
}

}  // namespace

Var softmax(const Var& x) {
  auto node = std::make_unique<SoftmaxOp>();
  node->output = kernels::softmax(x.value());
  const Tensor y = node->output;
  return record(std::move(node), {x}, y);
}

Var log_softmax(const Var& x) {
  auto node = std::make_unique<LogSoftmaxOp>();
  node->output = kernels::log_softmax(x.value());
  const Tensor y = node->output;
  return record(std::move(node), {x}, y);
}

Var pick(const Var& x, const Tensor& index) {
  auto node = std::make_unique<PickOp>();
  node->index = index;
  node->classes = x.dim(-1);
  return record(std::move(node), {x}, kernels::pick(x.value(), index));
}

Var cross_entropy(const Var& logits, const Tensor& labels) {
  return affine(mean(pick(log_softmax(logits), labels)), -1, 0);
}

}  // namespace backlight
