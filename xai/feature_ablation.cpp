#include "xai/feature_ablation.h"

namespace backlight {

FeatureAblationResult feature_ablation(const SegmentGame& game, const Work& work) {
  // The baseline, the whole picture, and the picture without segment k - 2.
  const auto coalition = [&](std::int64_t k) {
    if (k == 0) return game.nobody();
    Coalition shown = game.everybody();
    if (k >= 2) shown[static_cast<std::size_t>(k - 2)] = false;
    return shown;
  };
  const std::vector<double> scores = game.worths(game.players() + 2, coalition, work);
  FeatureAblationResult result;
  result.expected = scores[1] - scores[0];
  for (std::size_t k = 2; k < scores.size(); ++k) {
    result.effects.push_back(scores[1] - scores[k]);
    result.sum += result.effects.back();
  }
  result.values = game.map(result.effects);
  return result;
}

}  // namespace backlight
