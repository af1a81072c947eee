#include "xai/gradient_sum.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace backlight {

GradientSum sum_gradients(const Model& model, const Objective& objective, std::int64_t count,
                          const Points& points, const std::function<double(std::int64_t)>& weight,
                          Part part, const Work& work) {
  require(count >= 1, "at least one gradient is needed, not ", count);
  require(work.batch >= 1, "a batch has at least one input, not ", work.batch);
  std::vector<double> sum, squares;
  Shape shape;
  for (std::int64_t first = 0; first < count; first += work.batch) {
    const std::int64_t in_batch = std::min(work.batch, count - first);
    const Tensor x = points(first, in_batch);
    const Tensor gradients = input_gradient(model, x, objective);
    shape = x.shape().with(0, 1);
    const auto size = static_cast<std::size_t>(shape.numel());
    sum.resize(size, 0.0);
    squares.resize(size, 0.0);
    dispatch_floating(gradients.dtype(), "sum_gradients", [&](auto type) {
      const auto* g = gradients.data<decltype(type)>();
      for (std::int64_t n = 0; n < in_batch; ++n, g += size) {
        const double w = weight(first + n);
        for (std::size_t i = 0; i < size; ++i) {
          const double value = part == Part::magnitude ? std::abs(double{g[i]}) : double{g[i]};
          sum[i] += w * value;
          squares[i] += w * value * value;
        }
      }
    });
    if (work.progress) work.progress(first + in_batch, count);
  }
  return {Tensor::from(sum, shape), Tensor::from(squares, shape)};
}

}  // namespace backlight
