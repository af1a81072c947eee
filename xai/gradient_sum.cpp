#include "xai/gradient_sum.h"

#include <vector>

#include "kernels/repeated_work.h"

namespace backlight {

kernels::GradientSums sum_gradients(const Model& model, const Objective& objective,
                                    std::int64_t count, const Points& points,
                                    const std::function<double(std::int64_t)>& weight, Part part,
                                    const Work& work) {
  kernels::GradientSums sums;
  kernels::RepeatedWork gradient_at(
      [&](const Tensor& x) { return input_gradient(model, x, objective); });
  for_each_batch(count, points, work, [&](std::int64_t first, const Tensor& x) {
    const Tensor gradients = gradient_at(x);
    if (first == 0)
      sums = kernels::zero_gradient_sums(gradients.shape().with(0, 1), gradients.device());
    std::vector<double> weights;
    for (std::int64_t n = 0; n < x.dim(0); ++n) weights.push_back(weight(first + n));
    kernels::add_gradients(gradients, weights, part == Part::magnitude, sums);
  });
  return {sums.sum.to(Device::cpu), sums.squares.to(Device::cpu)};
}

}  // namespace backlight
