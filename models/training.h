// Training a food CNN.
#pragma once

#include <vector>

#include "autograd/adam.h"
#include "models/food_cnn.h"

namespace backlight {

// One model and its optimiser.
class Trainer {
 public:
  Trainer(FoodCnn& model, AdamOptions options);

  // One step on a batch of photos [N,S,S,3] and int64 labels [N]: batch statistics and dropout,
  // mean cross-entropy, Adam. Returns the loss before the step. Errors: a loss that is no number.
  double step(const Tensor& photos, const Tensor& labels);
  void set_learning_rate(double rate) { adam_.set_learning_rate(rate); }

 private:
  FoodCnn& model_;
  std::vector<Tensor*> parameters_;
  Adam adam_;
};

// The share of photos whose largest logit is their label's, in evaluation mode, `batch` at a time.
double accuracy(FoodCnn& model, const Tensor& photos, const Tensor& labels, std::int64_t batch);

}  // namespace backlight
