#include "xai/model.h"

#include <algorithm>

#include "kernels/repeated_work.h"

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

const std::vector<std::string>& of_names() {
  static const std::vector<std::string> names{"logit", "probability", "loss"};
  return names;
}

const std::vector<std::string>& variant_names() {
  static const std::vector<std::string> names{"paper", "notebook", "captum", "shap"};
  return names;
}

Objective logit_of(std::int64_t target) {
  return [=](const Var& logits) { return pick(logits, repeated(target, logits)); };
}

Objective probability_of(std::int64_t target) {
  return [=](const Var& logits) { return pick(softmax(logits), repeated(target, logits)); };
}

Objective loss_of(std::int64_t target) {
  return [=](const Var& logits) {
    return affine(pick(log_softmax(logits), repeated(target, logits)), -1, 0);
  };
}

Tensor input_gradient(const Model& model, const Tensor& x, const Objective& objective) {
  Recording recording;
  const Var input = recording.input(x);
  return grad(sum(objective(model(input))), input);
}

double evaluate(const Model& model, const Tensor& x, const Objective& objective) {
  return sum(objective(model(x))).value().item();
}

void for_each_batch(std::int64_t count, const Points& points, const Work& work,
                    const std::function<void(std::int64_t first, const Tensor& x)>& visit) {
  require(count >= 1, "at least one point is needed, not ", count);
  require(work.batch >= 1, "a batch has at least one input, not ", work.batch);
  for (std::int64_t first = 0, batch = work.batch; first < count;) {
    const std::int64_t in_batch = std::min(batch, count - first);
    try {
      visit(first, points(first, in_batch));
    } catch (const OutOfMemory&) {
      if (in_batch == 1) throw;
      batch = in_batch / 2;  // the bytes do not depend on it
      continue;
    }
    first += in_batch;
    if (work.progress) work.progress(first, count);
  }
}

std::vector<double> scores_at(const Model& model, const Objective& objective, std::int64_t count,
                              const Points& points, const Work& work) {
  std::vector<double> scores;
  kernels::RepeatedWork score([&](const Tensor& x) { return objective(model(x)).value(); });
  for_each_batch(count, points, work, [&](std::int64_t, const Tensor& x) {
    const Tensor batch = score(x).to(Device::cpu);
    for (std::int64_t n = 0; n < batch.numel(); ++n) scores.push_back(batch.at(n));
  });
  return scores;
}

}  // namespace backlight
