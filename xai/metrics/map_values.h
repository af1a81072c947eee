// A map as the metrics see it: one number a pixel.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// The pixels' values of a map [H,W], [H,W,C] or [1,H,W,C], row by row: the channels of a pixel are
// added up, as a heat map shows them. Errors: another shape, no pixels, values that are not finite.
std::vector<double> pixel_values(const Tensor& map);

// The pixels from the largest value to the smallest; of equal values the first comes first.
std::vector<std::size_t> pixels_by_value(const std::vector<double>& values);

}  // namespace backlight
