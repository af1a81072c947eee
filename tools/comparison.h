// Two maps of one photo, side by side: where and why two methods or two conventions part.
#pragma once

#include "tools/methods.h"

namespace backlight::tools {

// The difference of two maps as a map of its own, float32 [H,W]: |a| / sum |a| - |b| / sum |b| for
// the channel sums a and b of each pixel, in thousandths. Above zero the first counts the pixel
// more. Maps are compared at the size of the photo. settings: the
// settings that differ, {name: [first, second]}. checks: rank_correlation and
// magnitude_rank_correlation (Spearman), top_tenth_overlap, relative_l2, and where they part most:
// {x, y} of the pixel.
MapResult compare(const Image& photo, const MapResult& first, const std::string& first_name,
                  const MapResult& second, const std::string& second_name);

}  // namespace backlight::tools
