// Sums of many numbers on the GPU, in float64 and in an order that the shape alone decides.
#pragma once

#include "kernels/cuda/gpu.h"
#include "tensor/tensor.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// y[o, i] = sum_t x[o, t, i], where x holds outer * terms * inner numbers, float32 or float64. The
// result, of shape [outer, inner], is of dtype `to`. The sum of an output depends on `terms` and
// `inner` alone, not on how many outputs there are. `op` is who asks.
Tensor sum_terms(const char* op, const Tensor& x, std::int64_t outer, std::int64_t terms,
                 std::int64_t inner, DType to);

}  // namespace backlight::kernels::BACKLIGHT_GPU
