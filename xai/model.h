// What an attribution method needs to know of a model and of its work.
#pragma once

#include <cstdint>
#include <functional>

#include "autograd/grad.h"
#include "autograd/ops.h"

namespace backlight {

// A model: logits [N,C] from inputs [N,...]. Any function of Vars.
using Model = std::function<Var(const Var&)>;

// How a method splits its work. The result does not depend on it.
struct Work {
  std::int64_t batch = 8;  // inputs that go through the model at once
  // Called after each batch with the passes done and all there are; may throw to stop.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

// Calls f(first, count) for [0, total) in batches, reporting progress.
void in_batches(std::int64_t total, const Work& work,
                const std::function<void(std::int64_t first, std::int64_t count)>& f);

// A scalar to explain, summed over the batch: of logits [N,C].
using Objective = std::function<Var(const Var& logits)>;

// The logit of one class: the quantity the papers explain.
Objective logit_of(std::int64_t target);
// The cross-entropy of one class: what the course notebook differentiates.
Objective loss_of(std::int64_t target);

// d objective / d x at each input of the batch; inputs do not influence each other.
Tensor input_gradient(const Model& model, const Tensor& x, const Objective& objective);

// The logit of `target` for each input of the batch: [N].
Tensor target_logits(const Model& model, const Tensor& x, std::int64_t target);

}  // namespace backlight
