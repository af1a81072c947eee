// The simplest segmentation: rectangles.
#pragma once

#include "tensor/tensor.h"

namespace backlight {

// Segments of a picture of height x width pixels (xai/segmentation/segments.h): rows x columns
// rectangles, numbered row by row. Pixel (y, x) lies in row floor(y rows / height) and column
// floor(x columns / width), so that extents differ by one pixel at most. Errors: no rows or
// columns, or more than there are pixels.
Tensor grid_segments(std::int64_t height, std::int64_t width, std::int64_t rows,
                     std::int64_t columns);

}  // namespace backlight
