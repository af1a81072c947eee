// Does a map point at the object? For pictures whose object is known.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// The pixel, counted row by row, that a map [H,W] or [H,W,C] points at: that of the largest
// magnitude, the sum over its channels of |value|. Of several as large, as the pixels of a segment
// are, it is the one nearest to their middle, and the first of those. Nothing where all are equally
// large.
std::optional<std::int64_t> pointed_at(const Tensor& map);

struct PointingScore {
  bool hit = false;   // pointed_at lies on the object
  double inside = 0;  // share of the map's magnitude that lies on the object
};

// Scores a map [H,W] or [H,W,C] against a mask of H*W bytes, 1 on the object. Errors: sizes that
// do not fit. Source: Zhang, Lin, Brandt, Shen and Sclaroff, "Top-down neural attention by
// excitation backprop", ECCV 2016, section 4.2 (without its margin of 15 pixels).
PointingScore pointing_game(const Tensor& map, const std::vector<std::uint8_t>& mask);

// What pointing is worth without a network: whether the picture's centre lies on the object, and
// whether its most colourful spot does - the 9 x 9 window of the largest mean of max(R,G,B) -
// min(R,G,B) - for a picture [H,W,3].
bool centre_hit(const Tensor& picture, const std::vector<std::uint8_t>& mask);
bool colourful_hit(const Tensor& picture, const std::vector<std::uint8_t>& mask);

}  // namespace backlight
