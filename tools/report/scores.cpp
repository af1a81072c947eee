#include "tools/report/scores.h"

#include <algorithm>
#include <limits>

namespace backlight::tools {
namespace {

void count(BaselineScore& score, const std::optional<bool>& hit) {
  if (!hit) return;
  ++score.scenes;
  score.hits += *hit ? 1 : 0;
}

double mean(double sum, std::size_t count) {
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

double food_share(const std::vector<std::uint8_t>& mask) {
  const auto food = mask.size() - static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 0));
  return mean(static_cast<double>(food), mask.size());
}

Scores summarise(const Run& run) {
  Scores scores;
  double shares = 0;
  std::size_t scenes = 0;
  for (const ExplainedPhoto& photo : run.photos) {
    count(scores.centre, photo.centre_hit);
    count(scores.colourful, photo.colourful_hit);
    if (!photo.mask.empty()) {
      shares += food_share(photo.mask);
      ++scenes;
    }
    for (const MapResult& map : photo.maps) {
      if (!map.score) continue;
      auto& methods = scores.methods;
      auto of = std::find_if(methods.begin(), methods.end(),
                             [&](const MethodScore& each) { return each.method == map.method; });
      if (of == methods.end()) of = methods.insert(of, {map.method, map.title});
      ++of->scenes;
      of->hits += map.score->pointing_hit ? 1 : 0;
      of->mass_inside += map.score->mass_inside;
    }
  }
  for (MethodScore& each : scores.methods) each.mass_inside = mean(each.mass_inside, each.scenes);
  scores.food_share = mean(shares, scenes);
  return scores;
}

}  // namespace backlight::tools
