// What an attribution method needs to know of a model and of its work.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/grad.h"
#include "autograd/ops.h"
#include "layers/local_stage.h"

namespace backlight {

class Model;
template <typename F>
concept FunctionOfVars = std::is_invocable_r_v<Var, F&, const Var&> && !std::is_same_v<F, Model>;

// A model: logits [N,C] from inputs [N,...]. Any function of Vars. One that begins with stages
// which see their input a neighbourhood at a time may say so: it is then head of all stages in a
// row, and methods that change little of a picture run only what sees the change
// (xai/local_passes.h).
class Model {
 public:
  using Function = std::function<Var(const Var&)>;

  Model() = default;  // to be assigned before it is asked
  template <FunctionOfVars F>
  Model(F whole) : whole_(std::move(whole)) {}
  Model(Function whole, std::vector<LocalStage> stages, Function head)
      : whole_(std::move(whole)), stages_(std::move(stages)), head_(std::move(head)) {}

  Var operator()(const Var& x) const { return whole_(x); }
  const std::vector<LocalStage>& stages() const { return stages_; }
  // The logits from what the last stage gave; where there are stages.
  Var head(const Var& features) const { return head_(features); }

 private:
  Function whole_;
  std::vector<LocalStage> stages_;
  Function head_;
};

// What is explained: a score [N] of each row of the logits [N,C].
using Objective = std::function<Var(const Var& logits)>;

// The logit of one class: what the papers explain.
Objective logit_of(std::int64_t target);
// Its probability, the softmax over the classes.
Objective probability_of(std::int64_t target);
// Its cross-entropy, -log of that: what the course notebook differentiates.
Objective loss_of(std::int64_t target);

// The same by name: "logit", "probability", "loss" in the order of the enum.
enum class Of : std::uint8_t { logit, probability, loss };
const std::vector<std::string>& of_names();

// Where a method departs from its paper: as the course notebook does, or as a tool does that people
// compare with. Without a departure of its own, a method is the paper's.
enum class Variant : std::uint8_t { paper, notebook, captum, shap };
const std::vector<std::string>& variant_names();

// How a method splits its work. Its result does not depend on this.
struct Work {
  // Inputs that go through the model at once, or as much of more inputs as takes no more memory.
  std::int64_t batch = 8;
  // Called after each batch with the passes done and all there are; may throw to stop.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

// d objective / d x at each input of the batch, in the shape and on the device of x. The methods
// take x on the model's device and give their results on the processor.
Tensor input_gradient(const Model& model, const Tensor& x, const Objective& objective);

// The objective at one input.
double evaluate(const Model& model, const Tensor& x, const Objective& objective);

// The points to work on: inputs [first, first + count) as [count,...].
using Points = std::function<Tensor(std::int64_t first, std::int64_t count)>;

// Calls visit(first, points(first, n)) for stretches of `count` points, work.batch at a time or
// fewer where the device's memory is too small for them, and reports the progress.
// Errors: a batch or a count below 1; too little memory for a single point.
void for_each_batch(std::int64_t count, const Points& points, const Work& work,
                    const std::function<void(std::int64_t first, const Tensor& x)>& visit);

// The objective at each of `count` points, in float64; for methods that change the input and look
// at what the model says.
std::vector<double> scores_at(const Model& model, const Objective& objective, std::int64_t count,
                              const Points& points, const Work& work);

}  // namespace backlight
