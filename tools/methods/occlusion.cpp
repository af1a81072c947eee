#include "xai/occlusion.h"

#include <algorithm>
#include <cmath>

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: windows of which none changes the score
// by a twentieth of what covering everything does are too small to hide what the network looks at.
constexpr double kSmallestEffect = 0.05;

OcclusionOptions occlusion_options(const ExplainOptions& options) {
  return {.window = options.window, .stride = options.stride};
}

MapResult run_occlusion(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const OcclusionOptions options = occlusion_options(asked);
  const OcclusionResult result =
      occlusion(request.model, request.x, baseline_for(asked.baseline, request.x),
                objective_of(request), options, request.work);
  const std::string score = name_of_score(request);
  const double all = std::abs(result.score - result.baseline);
  MapResult map;
  map.values = result.values;
  map.settings = {{"of", score},
                  {"window", options.window},
                  {"stride", options.stride},
                  {"baseline", asked.baseline}};
  map.checks = {{"windows", result.windows},
                {score, result.score},
                {score + "_of_baseline", result.baseline},
                {"largest_fall", result.fall},
                {"largest_rise", result.rise},
                {"ok", std::max(result.fall, result.rise) >= kSmallestEffect * all}};
  map.check_text = str("one of ", result.windows, " windows lowers the ", score, " of ",
                       short_number(result.score), " by ", short_number(result.fall),
                       ", another raises it by ", short_number(result.rise));
  return map;
}

}  // namespace

Method occlusion_method() {
  return {.name = "occlusion",
          .title = "Occlusion",
          .run = run_occlusion,
          .text = {"By how much the score falls when a window of the photo is covered, averaged "
                   "over the windows that cover a pixel.",
                   "covering it lowers the score",
                   "covering it raises it",
                   {"Zeiler and Fergus", "Visualizing and understanding convolutional networks",
                    2014, "https://arxiv.org/abs/1311.2901"}},
          .passes = [](const ExplainOptions& options, std::int64_t side) {
            const auto across =
                static_cast<double>(count_windows(side, occlusion_options(options)));
            return across * across *
                   share_of_pass(static_cast<double>(options.window), static_cast<double>(side));
          }};
}

}  // namespace backlight::tools
