// How well each method finds the food, over all demo scenes of a run.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/run.h"

namespace backlight::tools {

struct MethodScore {
  std::string method, title;
  std::size_t scenes = 0, hits = 0;
  double mass_inside = 0;  // the mean over the scenes; not a number without one
};

// A way to point without looking at a map.
struct BaselineScore {
  std::size_t scenes = 0, hits = 0;
};

struct Scores {
  std::vector<MethodScore> methods;  // in the order of their first map; none without a demo scene
  BaselineScore centre, colourful;
  double food_share = 0;  // the mean share of a scene that is food: how often chance would hit
};

Scores summarise(const Run& run);

// The share of the pixels that are food.
double food_share(const std::vector<std::uint8_t>& mask);

}  // namespace backlight::tools
