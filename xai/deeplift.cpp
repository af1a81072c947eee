#include "xai/deeplift.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/gradient_sums.h"
#include "xai/deeplift_rules.h"

namespace backlight {
namespace {

using kernels::Binary;

// What one batch of rows says of one objective.
struct Explained {
  Tensor contributions;  // (x_0 - x_n) m_n of each row n but the first
  Tensor scores;         // of all rows, on the processor
};

// What has been added up so far for one objective.
struct Sums {
  kernels::GradientSums contributions;
  double score = 0;       // of x
  double background = 0;  // of the background's pictures, together
};

std::vector<Explained> explain_rows(const Model& model, const Tensor& rows,
                                    const std::vector<Objective>& objectives, Variant variant) {
  const std::vector<Rule> rules = deeplift_rules(variant);
  Recording recording({.rules = rules});
  const Var input = recording.input(rows);
  const Var logits = model(input);
  const Tensor difference = difference_from_first(rows);
  std::vector<Explained> all;
  for (const Objective& objective : objectives) {
    const Var score = objective(logits);
    require_deeplift_rules(score);
    const Tensor multipliers = grad(score, input, {.rules = rules});
    const Tensor contributions = kernels::binary(Binary::multiply, multipliers, difference);
    all.push_back({contributions.rows(1, rows.dim(0) - 1), score.value().to(Device::cpu)});
  }
  return all;
}

// Adds nothing before all is computed: a batch that does not fit memory is tried again.
void add_pairs(const Model& model, const Tensor& x, const Tensor& background,
               const std::vector<Objective>& objectives, Variant variant, std::vector<Sums>& sums) {
  // Captum takes the gradients at x, which is therefore a row, compared with one baseline.
  const bool by_itself = variant == Variant::captum;
  const Tensor rows =
      concatenate(by_itself ? std::vector{background, x} : std::vector{x, background});
  const std::vector<Explained> all = explain_rows(model, rows, objectives, variant);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [contributions, scores] = all[i];
    const auto count = static_cast<std::size_t>(contributions.dim(0));
    kernels::add_gradients(contributions, std::vector<double>(count, by_itself ? -1 : 1), false,
                           sums[i].contributions);
    sums[i].score = scores.at(by_itself ? 1 : 0);
    for (std::int64_t n = 0; n < scores.numel(); ++n)
      if (n != (by_itself ? 1 : 0)) sums[i].background += scores.at(n);
  }
}

DeepShapResult mean_of(const Sums& sums, double count, DType dtype) {
  const Tensor sum = sums.contributions.sum.to(Device::cpu);
  const Tensor squares = sums.contributions.squares.to(Device::cpu);
  DeepShapResult result;
  result.values = kernels::affine(sum, 1 / count, 0).to(dtype);
  result.sum = kernels::sum_to(sum, {}).item() / count;
  result.expected = sums.score - sums.background / count;
  result.standard_error = Tensor(sum.shape(), dtype);
  dispatch_floating(dtype, "deepshap", [&](auto type) {
    using T = decltype(type);
    T* error = result.standard_error.mutable_data<T>();
    for (std::int64_t i = 0; i < sum.numel(); ++i) {
      const double mean = sum.at(i) / count;
      const double spread = std::max(0.0, squares.at(i) / count - mean * mean);
      error[i] = static_cast<T>(count > 1 ? std::sqrt(spread / (count - 1)) : 0);
    }
  });
  return result;
}

}  // namespace

DeepLiftResult deeplift(const Model& model, const Tensor& x, const Tensor& baseline,
                        const Objective& objective, const DeepLiftOptions& options,
                        const Work& work) {
  require(baseline.shape() == x.shape(), "a baseline of shape ", baseline.shape(),
          " does not fit an input of ", x.shape());
  const DeepShapResult result = deepshap(model, x, baseline, {objective}, options, work).front();
  return {result.values, result.sum, result.expected};
}

std::vector<DeepShapResult> deepshap(const Model& model, const Tensor& x, const Tensor& background,
                                     const std::vector<Objective>& objectives,
                                     const DeepLiftOptions& options, const Work& work) {
  require(!objectives.empty(), "DeepSHAP needs something to explain");
  require(x.rank() >= 1 && x.dim(0) == 1, "DeepSHAP explains one input at a time, not ", x.shape());
  require(background.rank() == x.rank() && background.shape().with(0, 1) == x.shape(),
          "a background of shape ", background.shape(), " does not fit an input of ", x.shape());
  std::vector<Sums> sums(objectives.size());
  for (Sums& each : sums) each.contributions = kernels::zero_gradient_sums(x.shape(), x.device());
  Work split = work;
  if (options.variant == Variant::captum) split.batch = 1;
  for_each_batch(
      background.dim(0),
      [&](std::int64_t first, std::int64_t count) { return background.rows(first, count); }, split,
      [&](std::int64_t, const Tensor& pictures) {
        add_pairs(model, x, pictures, objectives, options.variant, sums);
      });
  std::vector<DeepShapResult> results;
  for (const Sums& each : sums)
    results.push_back(mean_of(each, static_cast<double>(background.dim(0)), x.dtype()));
  return results;
}

}  // namespace backlight
