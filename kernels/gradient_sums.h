// Adding up many gradients, sample by sample: the last step of SmoothGrad and Integrated Gradients.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight::kernels {

// Running sums over gradients g_k of one shape, in float64: a variance is the small difference of
// large numbers.
struct GradientSums {
  Tensor sum;      // sum_k w_k g_k, or of |g_k|
  Tensor squares;  // sum_k w_k g_k^2
};

// Sums of nothing yet, for gradients of shape [1,...] on `device`.
GradientSums zero_gradient_sums(const Shape& shape, Device device);

// Adds the rows g_n of [N,...] to the sums with weights w_n, each row after the one before it:
// the bytes do not depend on how the rows are split into batches. With `magnitude`, |g_n| instead
// of g_n. Errors: shapes, devices or a number of weights that do not fit.
void add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                   GradientSums& sums);

}  // namespace backlight::kernels
