#include "xai/model.h"

namespace backlight {
namespace {

Tensor repeated(std::int64_t target, std::int64_t count) {
  return Tensor::full({count}, static_cast<double>(target), DType::i64);
}

}  // namespace

Objective logit_of(std::int64_t target) {
  return [=](const Var& logits) { return sum(pick(logits, repeated(target, logits.dim(0)))); };
}

Objective loss_of(std::int64_t target) {
  return [=](const Var& logits) {
    return affine(sum(pick(log_softmax(logits), repeated(target, logits.dim(0)))), -1, 0);
  };
}

Tensor input_gradient(const Model& model, const Tensor& x, const Objective& objective) {
  Recording recording;
  const Var input = recording.input(x);
  return grad(objective(model(input)), input);
}

double evaluate(const Model& model, const Tensor& x, const Objective& objective) {
  return objective(model(x)).value().item();
}

}  // namespace backlight
