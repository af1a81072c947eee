#include "xai/metrics/randomisation.h"

namespace backlight {

std::vector<RandomisationStep> randomisation_cascade(const RandomisableModel& model,
                                                     const ExplainModel& explain) {
  require(!model.layers.empty(), "a network without layers has nothing to randomise");
  const Tensor original = explain(model.randomised(0));
  std::vector<RandomisationStep> steps;
  for (std::size_t count = 1; count <= model.layers.size(); ++count) {
    const Tensor map = explain(model.randomised(static_cast<std::int64_t>(count)));
    steps.push_back({model.layers[count - 1], rank_correlation(original, map, Compared::value),
                     rank_correlation(original, map, Compared::magnitude)});
  }
  return steps;
}

}  // namespace backlight
