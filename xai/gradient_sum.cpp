#include "xai/gradient_sum.h"

#include <algorithm>
#include <vector>

#include "kernels/repeated_work.h"

namespace backlight {

kernels::GradientSums sum_gradients(const Model& model, const Objective& objective,
                                    std::int64_t count, const Points& points,
                                    const std::function<double(std::int64_t)>& weight, Part part,
                                    const Work& work) {
  require(count >= 1, "at least one gradient is needed, not ", count);
  require(work.batch >= 1, "a batch has at least one input, not ", work.batch);
  kernels::GradientSums sums;
  kernels::RepeatedWork gradient_at(
      [&](const Tensor& x) { return input_gradient(model, x, objective); });
  for (std::int64_t first = 0, batch = work.batch; first < count;) {
    const std::int64_t in_batch = std::min(batch, count - first);
    try {
      const Tensor gradients = gradient_at(points(first, in_batch));
      if (first == 0)
        sums = kernels::zero_gradient_sums(gradients.shape().with(0, 1), gradients.device());
      std::vector<double> weights;
      for (std::int64_t n = 0; n < in_batch; ++n) weights.push_back(weight(first + n));
      kernels::add_gradients(gradients, weights, part == Part::magnitude, sums);
    } catch (const OutOfMemory&) {
      if (in_batch == 1) throw;
      batch = in_batch / 2;  // the bytes do not depend on it
      continue;
    }
    first += in_batch;
    if (work.progress) work.progress(first, count);
  }
  return {sums.sum.to(Device::cpu), sums.squares.to(Device::cpu)};
}

}  // namespace backlight
