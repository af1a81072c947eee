// What the methods that look at segments share.
#pragma once

#include "tools/methods.h"

namespace backlight::tools {

// The photo cut as --segmentation says: int32 [S,S], numbered from 0.
const Tensor& segments_of(const MethodRequest& request);

// The game of these segments over the baseline. Methods that ask it about the same coalitions share
// the passes.
const SegmentGame& game_of(const MethodRequest& request);

// Adds how the photo was cut, and into how many segments, to a method's settings.
void add_segment_settings(const SegmentOptions& options, std::int64_t count,
                          nlohmann::json& settings);

// The photo with its segments edged and tinted by their values.
Drawing drawing_of(const MethodRequest& request, const Tensor& segments, const Tensor& values);

}  // namespace backlight::tools
