// Deletion and insertion: how the score falls as the pixels a map calls important disappear, and
// how it rises as they appear.
#pragma once

#include <vector>

#include "xai/model.h"

namespace backlight {

enum class Removal : std::uint8_t {
  deletion,   // from x to the baseline: the lower the area, the better the map
  insertion,  // from the baseline to x: the higher the area, the better the map
};

struct RemovalCurve {
  std::vector<double> shares;  // of the pixels that were exchanged: 0, ..., 1
  std::vector<double> scores;  // the objective there
  double area = 0;             // under the scores over the shares, by trapezoids: in [0, 1] where
                               // the objective is a probability
};

// Exchanges the pixels of x for the baseline's or the other way round, those of the largest values
// of the map first (xai/metrics/map_values.h), in `steps` steps of as equal size as can be: after
// step k floor(k pixels / steps) of them. The paper's objective is a probability; its baselines are
// black for deletion and the blurred photo for insertion.
// Errors: as check_picture_and_baseline (xai/blend.h); a map of other pixels; no step, or more
// steps than pixels.
// Source: Petsiuk, Das and Saenko, "RISE", BMVC 2018, section 4.2.
RemovalCurve removal_curve(const Model& model, const Tensor& x, const Tensor& baseline,
                           const Tensor& map, const Objective& objective, Removal removal,
                           std::int64_t steps = 64, const Work& work = {});

}  // namespace backlight
