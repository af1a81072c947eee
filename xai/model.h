// What an attribution method needs to know of a model and of its work.
#pragma once

#include <cstdint>
#include <functional>

#include "autograd/grad.h"
#include "autograd/ops.h"

namespace backlight {

// A model: logits [N,C] from inputs [N,...]. Any function of Vars.
using Model = std::function<Var(const Var&)>;

// What is explained: a scalar of the logits, added up over the batch.
using Objective = std::function<Var(const Var& logits)>;

// The logit of one class: what the papers explain.
Objective logit_of(std::int64_t target);
// The cross-entropy of one class: what the course notebook differentiates.
Objective loss_of(std::int64_t target);

// Where a method departs from its paper. Without a departure of its own, a method is the paper's.
enum class Variant : std::uint8_t { paper, notebook };

// How a method splits its work. Its result does not depend on this.
struct Work {
  std::int64_t batch = 8;  // inputs that go through the model at once
  // Called after each batch with the passes done and all there are; may throw to stop.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

// d objective / d x at each input of the batch, in the shape and on the device of x. The methods
// take x on the model's device and give their results on the processor.
Tensor input_gradient(const Model& model, const Tensor& x, const Objective& objective);

// The objective at one input.
double evaluate(const Model& model, const Tensor& x, const Objective& objective);

}  // namespace backlight
