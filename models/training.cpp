#include "models/training.h"

#include <algorithm>
#include <cmath>

#include "autograd/grad.h"

namespace backlight {
namespace {

std::vector<Tensor*> trainable(FoodCnn& model) {
  std::vector<Tensor*> parameters;
  for (const NamedTensor& named : model.named_tensors())
    if (named.trainable) parameters.push_back(named.tensor);
  return parameters;
}

}  // namespace

Trainer::Trainer(FoodCnn& model, AdamOptions options)
    : model_(model), parameters_(trainable(model)), adam_(parameters_, options) {}

double Trainer::step(const Tensor& photos, const Tensor& labels) {
  model_.set_training(true);
  Recording recording;
  std::vector<Var> parameters;
  for (const Tensor* parameter : parameters_) parameters.push_back(recording.input(*parameter));
  const Var loss = cross_entropy(model_(photos.to(model_.device())), labels);
  const double value = loss.value().item();
  require(std::isfinite(value), "the loss is no longer a number; use a smaller --learning-rate");
  std::vector<Tensor> gradients;
  for (const Var& gradient : grad({loss}, parameters)) gradients.push_back(gradient.value());
  adam_.step(gradients);
  return value;
}

double accuracy(FoodCnn& model, const Tensor& photos, const Tensor& labels, std::int64_t batch) {
  model.set_training(false);
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < photos.dim(0); first += batch) {
    const std::int64_t count = std::min(batch, photos.dim(0) - first);
    const Tensor logits =
        model(photos.rows(first, count).to(model.device())).value().to(Device::cpu);
    for (std::int64_t n = 0; n < count; ++n) {
      const float* row = logits.data<float>() + n * logits.dim(1);
      const auto best = std::max_element(row, row + logits.dim(1)) - row;
      right += best == static_cast<std::int64_t>(labels.at(first + n));
    }
  }
  return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, photos.dim(0)));
}

}  // namespace backlight
