#include "xai/deeplift.h"

#include <algorithm>
#include <cmath>

#include "models/food_classes.h"
#include "tools/figure/class_grid.h"
#include "tools/methods/all.h"
#include "tools/methods/background.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// The paper's map adds up to rounding; a tool's conventions may not.
constexpr double kLargestDelta = 1e-3;
// How many demo scenes make a background where nobody says.
constexpr std::int64_t kScenes = 5;

template <typename Result>
void check_completeness(const MethodRequest& request, const Result& result,
                        const std::string& compared_with, MapResult& map) {
  const std::string score = name_of_score(request);
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_" + compared_with, result.expected},
                {"completeness_delta", result.delta()},
                {"ok", std::abs(result.delta()) <= kLargestDelta * std::abs(result.expected)}};
  map.check_text = "sums to " + short_number(result.sum, 5) + "; the " + score + " rises by " +
                   short_number(result.expected, 5) + " from the " + compared_with + " (delta " +
                   short_number(result.delta(), 2) + ")";
}

MapResult run_deeplift(const MethodRequest& request) {
  const std::string& baseline = request.options.baseline;
  const DeepLiftResult result =
      deeplift(request.model, request.x, baseline_for(baseline, request.x), objective_of(request),
               {.variant = request.options.variant}, request.work);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", name_of_score(request)}, {"baseline", baseline}};
  check_completeness(request, result, "baseline", map);
  return map;
}

std::vector<Objective> objective_of_each_class(const MethodRequest& request, std::int64_t count) {
  std::vector<Objective> objectives;
  for (std::int64_t c = 0; c < count; ++c) {
    MethodRequest of_class = request;
    of_class.target = c;
    objectives.push_back(objective_of(of_class));
  }
  return objectives;
}

Drawing draw(const MethodRequest& request, const std::vector<DeepShapResult>& results,
             const Background& background) {
  const Tensor x = request.x.to(Device::cpu);
  const std::string score = name_of_score(request);
  std::vector<ClassPanel> panels;
  for (std::size_t c = 0; c < results.size(); ++c) {
    const std::string rise = short_number(results[c].sum, 3);
    panels.push_back({without_batch(results[c].values),
                      c < request.class_names.size() ? request.class_names[c] : str("class ", c),
                      score + (results[c].sum < 0 ? " " : " +") + rise + " from the background",
                      static_cast<std::int64_t>(c) == request.target});
  }
  return {class_grid(tensor_to_image(x), "DeepSHAP", panels),
          "Red pixels speak for the class over a panel, blue ones against it, compared with " +
              background.description +
              "; all panels have one scale. The class that is explained "
              "has a frame.",
          true};
}

MapResult run_deepshap(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const Background background =
      asked.background.empty()
          ? scenes_as_background(asked.samples.value_or(kScenes), asked.seed, request.x)
          : read_background(asked.background, asked.samples.value_or(kBackgroundPhotos), request.x);
  const std::int64_t classes = request.model(request.x).dim(-1);
  Work work = request.work;
  // A picture's values are kept for its rules, some four times what a plain gradient needs.
  work.batch = std::max<std::int64_t>(1, work.batch / 2);
  const std::vector<DeepShapResult> results = deepshap(
      request.model, request.x, background.pictures, objective_of_each_class(request, classes),
      {.variant = request.options.variant}, work);
  const DeepShapResult& target = results[static_cast<std::size_t>(request.target)];
  MapResult map;
  map.values = without_batch(target.values);
  map.settings = {
      {"of", name_of_score(request)}, {"background", background.description}, {"classes", classes}};
  check_completeness(request, target, "background", map);
  std::vector<Tensor> all;
  double largest = 0;
  for (const DeepShapResult& result : results) {
    all.push_back(result.values);
    largest = std::max(largest, std::abs(result.delta()));
  }
  map.checks["largest_delta_of_a_class"] = largest;
  map.extra = {{"classes", concatenate(all)},
               {"standard-error", without_batch(target.standard_error)}};
  map.drawing = draw(request, results, background);
  return map;
}

}  // namespace

Method deeplift_method() {
  return {
      .name = "deeplift",
      .title = "DeepLIFT",
      .run = run_deeplift,
      .text = {"What each pixel's difference from a baseline picture did to the score, followed "
               "back through every layer by what really changed there: together the pixels "
               "add up to all of it.",
               kSpeaksFor,
               kSpeaksAgainst,
               {"Shrikumar, Greenside and Kundaje",
                "Learning important features through propagating activation differences", 2017,
                "https://arxiv.org/abs/1704.02685"}},
      .passes = [](const ExplainOptions&, std::int64_t) { return 4.0; },
      .departures = {Variant::captum, Variant::shap},
      .is_complete = true};
}

Method deepshap_method() {
  return {.name = "deepshap",
          .title = "DeepSHAP",
          .run = run_deepshap,
          .text = {"DeepLIFT averaged over a background of other pictures, for every class: an "
                   "estimate of each pixel's Shapley value, its fair share of the score.",
                   kSpeaksFor,
                   kSpeaksAgainst,
                   {"Lundberg and Lee", "A unified approach to interpreting model predictions",
                    2017, "https://arxiv.org/abs/1705.07874"}},
          .passes =
              [](const ExplainOptions& options, std::int64_t) {
                return 4.0 * kFoodClassCount *
                       static_cast<double>(options.samples.value_or(kScenes));
              },
          .departures = {Variant::captum, Variant::shap},
          .is_complete = true};
}

}  // namespace backlight::tools
