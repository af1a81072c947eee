#include "xai/model.h"


#include <algorithm>


namespace backlight {
namespace {

Tensor repeated(std::int64_t target, std::int64_t count) {
  return Tensor::full({count}, static_cast<double>(target), DType::i64);
}

}  // namespace

void in_batches(std::int64_t total, const Work& work,
                const std::function<void(std::int64_t first, std::int64_t count)>& f) {
  require(work.batch >= 1, "a batch has at least one input, not ", work.batch);
  for (std::int64_t first = 0; first < total; first += work.batch) {
    const std::int64_t count = std::min(work.batch, total - first);
    f(first, count);
    if (work.progress) work.progress(first + count, total);
  }
}

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

Tensor target_logits(const Model& model, const Tensor& x, std::int64_t target) {
  return pick(model(x), repeated(target, x.dim(0))).value();
}

}  // namespace backlight
