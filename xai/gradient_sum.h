// Weighted sums of input gradients over many points: the common core of SmoothGrad and Integrated
// Gradients.
#pragma once

#include <functional>

#include "xai/model.h"

namespace backlight {

// The points to take gradients at: inputs [first, first + count) as [count,...].
using Points = std::function<Tensor(std::int64_t first, std::int64_t count)>;

// What is added up of each gradient.
enum class Part : std::uint8_t { value, magnitude };

struct GradientSum {
  Tensor sum;      // sum_k w_k g_k, or of |g_k|; float64, in the shape of one point
  Tensor squares;  // sum_k w_k g_k^2, likewise: a variance is the small difference of large numbers
};

// Adds up the gradients of `objective` at `count` points with weights w_k, work.batch points at a
// time. Accumulates in double, in the order of the points, so that the bytes do not depend on the
// batch.
GradientSum sum_gradients(const Model& model, const Objective& objective, std::int64_t count,
                          const Points& points, const std::function<double(std::int64_t)>& weight,
                          Part part, const Work& work);

}  // namespace backlight
