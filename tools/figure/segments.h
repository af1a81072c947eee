// A photo cut into segments, each with a value.
#pragma once

#include <string>

#include "tensor/tensor.h"
#include "tools/figure/figure.h"

namespace backlight::tools {

// The photo, paled, with its segments edged; green where the value is above zero, red and hatched
// where it is below, the stronger the larger, so that colour alone need not tell them apart. The
// three largest values of either sign are written on their segments, if they are not small. Several
// times the photo's size. segments int32 [H,W] from 0 and values float32 [H,W], one a segment, are
// as large as the photo; `about` is what the values speak of, for the legend.
Drawing segment_drawing(const Image& photo, const Tensor& segments, const Tensor& values,
                        const std::string& about);

}  // namespace backlight::tools
