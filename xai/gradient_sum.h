// Weighted sums of input gradients over many points: the common core of SmoothGrad and Integrated
// Gradients.
#pragma once

#include <functional>

#include "kernels/gradient_sums.h"
#include "xai/model.h"

namespace backlight {

// What is added up of each gradient.
enum class Part : std::uint8_t { value, magnitude };

// Adds up the gradients of `objective` at `count` points with weights w_k, work.batch points at a
// time, or fewer where the device's memory is too small for them. Everything stays on the device of
// the points until the sums, in float64 and the shape of one point, come back to the processor.
// Accumulates in the order of the points, so that the bytes do not depend on the batch.
kernels::GradientSums sum_gradients(const Model& model, const Objective& objective,
                                    std::int64_t count, const Points& points,
                                    const std::function<double(std::int64_t)>& weight, Part part,
                                    const Work& work);

}  // namespace backlight
