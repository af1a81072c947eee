#include "xai/feature_ablation.h"

#include <cmath>

#include "tools/methods/all.h"
#include "tools/methods/common.h"
#include "tools/methods/segments.h"

namespace backlight::tools {
namespace {

MapResult run_feature_ablation(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const Tensor segments = segments_of(request);
  const FeatureAblationResult result = feature_ablation(game_of(request), request.work);
  const std::string score = name_of_score(request);
  MapResult map;
  map.values = result.values;
  map.settings = {{"of", score}, {"baseline", asked.baseline}};
  add_segment_settings(asked.segmentation, static_cast<std::int64_t>(result.effects.size()),
                       map.settings);
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_baseline", result.expected},
                {"completeness_delta", result.sum - result.expected}};
  map.check_text =
      str(result.effects.size(), " segments, whose effects sum to ", short_number(result.sum),
          "; the ", score, " rises by ", short_number(result.expected),
          " from the baseline (they would agree if no two segments acted together)");
  map.extra = {{"segments", segments}};
  map.details = {{"effects", result.effects}};
  map.drawing = drawing_of(request, segments, result.values);
  return map;
}

}  // namespace

Method feature_ablation_method() {
  return {.name = "feature-ablation",
          .title = "Feature ablation",
          .run = run_feature_ablation,
          .text = {"By how much the score falls when one segment of the photo is replaced by the "
                   "baseline.",
                   "without the segment the score is lower",
                   "without it the score is higher",
                   {"Kokhlikyan et al.",
                    "Captum: a unified and generic model interpretability library for PyTorch",
                    2020, "https://arxiv.org/abs/2009.07896"}},
          .passes = [](const ExplainOptions& options, std::int64_t side) {
            const auto segments = static_cast<double>(options.segmentation.segments);
            const auto across = static_cast<double>(side);
            // A square around a segment is some three halves as wide as one of its size.
            return 2.0 + segments * share_of_pass(1.5 * across / std::sqrt(segments), across);
          }};
}

}  // namespace backlight::tools
