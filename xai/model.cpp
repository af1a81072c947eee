#include "xai/model.h"

namespace backlight {
namespace {

// The class of every row. On the device of the logits from the start: a copy would stop a GPU.
Tensor repeated(std::int64_t target, const Var& logits) {
  require(target >= 0 && target < logits.dim(-1), "class ", target, " of ", logits.dim(-1),
          " does not exist");
  return Tensor::full({logits.dim(0)}, static_cast<double>(target), DType::i64,
                      logits.value().device());
}

}  // namespace

Objective logit_of(std::int64_t target) {
  return [=](const Var& logits) { return sum(pick(logits, repeated(target, logits))); };
}

Objective loss_of(std::int64_t target) {
  return [=](const Var& logits) {
    return affine(sum(pick(log_softmax(logits), repeated(target, logits))), -1, 0);
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
