// ReLU and PReLU, and the one bit per element that a ReLU's gradient needs.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// Which elements of a tensor are positive, one bit each, in the order of the tensor's layout.
struct PositiveMask {
  Tensor bits;  // uint8, ceil(numel / 8)
  Shape shape;
  Layout layout = Layout::row_major;
};

// y = max(x, 0). NaN stays NaN, as in PyTorch.
Tensor relu(const Tensor& x);

// mask = x > 0
PositiveMask positive_mask(const Tensor& x);

// y = mask ? g : 0
Tensor apply_mask(const Tensor& g, const PositiveMask& mask);

// The elements where `mask` is not set.
PositiveMask complement(const PositiveMask& mask);

// y = x > 0 ? x : slope[c] x, with one slope a channel (the last axis) or one for all.
Tensor prelu(const Tensor& x, const Tensor& slope);

// The gradient of prelu with respect to x: y = mask ? g : slope[c] g, where mask is x > 0.
Tensor prelu_gradient(const Tensor& g, const PositiveMask& mask, const Tensor& slope);

}  // namespace backlight::kernels
