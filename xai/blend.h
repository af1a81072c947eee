// Inputs that are seen in part: what the methods that cover, remove and mask have in common.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// Row n of the result is m_n x + (1 - m_n) baseline: x where the mask is 1, the baseline where it
// is 0, exactly. x and baseline are [1,H,W,C] on one device, masks [count,H,W,1] on the processor
// and of their dtype; the result [count,H,W,C] is on the device of x.
Tensor blend(const Tensor& x, const Tensor& baseline, const Tensor& masks);

// For each pixel of x whether it is another in the baseline.
std::vector<bool> differing_pixels(const Tensor& x, const Tensor& baseline);

// Errors: x is not one picture [1,H,W,C], or the baseline does not have its shape, dtype and
// device.
void check_picture_and_baseline(const Tensor& x, const Tensor& baseline);

}  // namespace backlight
