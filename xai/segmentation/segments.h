// Segments: a picture divided into numbered parts, int32 [H,W], a number from 0 for each pixel.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// How many segments there are. Errors: not an int32 [H,W] on the processor; a number that is
// negative; a number below the largest that no pixel has.
std::int64_t count_segments(const Tensor& segments);

// A map [H,W] in which each pixel has the value of its segment. Errors: as many values as there are
// segments are needed.
Tensor spread_over_segments(const std::vector<double>& values, const Tensor& segments, DType dtype);

}  // namespace backlight
