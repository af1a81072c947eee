// DeepLIFT's multipliers of the two ops of a CNN that are not linear: slopes between the rows of a
// batch and its first row.
#pragma once

#include "kernels/pooling.h"

namespace backlight::kernels {

// m[n] = g[n] dy / dx with y = relu(x), dx = x[0] - x[n] and dy = y[0] - y[n] for each row n of
// [N,...]; where |dx| <= threshold the gradient at x[n] instead: x[n] > 0 ? g[n] : 0.
// Errors: shapes or devices that do not fit.
Tensor relu_multipliers(const Tensor& g, const Tensor& x, double threshold);

// Multipliers on their way back to the places of the input: unpool2d(values, index).
struct PoolMultipliers {
  Tensor values;
  PoolIndex index;
};

// Of y = max_pool2d(x) with `index`, whose cotangent is g. What changed between y[n] and y[0] came
// in at one place: where x[0] has its maximum if y rose, where x[n] has its own if it fell. The
// multiplier there is g[n] dy / dx; where |dx| <= threshold it is `at_ties` g[n] if the place is
// that of x[n], and else 0. The index is that of max_pool2d without `after_relu`. Errors: shapes or
// devices that do not fit.
PoolMultipliers max_pool2d_multipliers(const Tensor& g, const Tensor& x, const PoolIndex& index,
                                       double threshold, double at_ties);

}  // namespace backlight::kernels
