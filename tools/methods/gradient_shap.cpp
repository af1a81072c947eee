#include "xai/gradient_shap.h"

#include "tools/methods/all.h"
#include "tools/methods/background.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a mean of samples that still moves by a
// quarter of itself.
constexpr double kLargestStandardError = 0.25;

std::int64_t samples_of(const ExplainOptions& options) {
  return options.samples.value_or(GradientShapOptions{}.samples);
}

// What the ways begin at: the photos of --background, or else the one picture of --baseline.
Background baselines_for(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  if (!asked.background.empty())
    return read_background(asked.background, kBackgroundPhotos, request.x);
  return {baseline_for(asked.baseline, request.x), asked.baseline};
}

MapResult run_gradient_shap(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  GradientShapOptions options;
  options.samples = samples_of(asked);
  options.sigma = asked.noise.value_or(0);
  options.seed = asked.seed;
  const Background baselines = baselines_for(request);
  const GradientShapResult result = gradient_shap(request.model, request.x, baselines.pictures,
                                                  objective_of(request), options, request.work);
  const std::string score = name_of_score(request);
  const std::string against = asked.background.empty() ? "baseline" : "background";
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", score},
                  {"samples", options.samples},
                  {"sigma", options.sigma},
                  {against, baselines.description},
                  {"seed", options.seed}};
  map.extra = {{"standard-error", without_batch(result.standard_error)}};
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_" + against, result.expected},
                {"completeness_delta", result.delta()},
                {"relative_standard_error", result.relative_error},
                {"ok", result.relative_error <= kLargestStandardError}};
  map.check_text =
      str("standard error ", short_percent(result.relative_error), " of the map after ",
          options.samples, " samples; sums to ", short_number(result.sum), ", the ", score,
          " rises by ", short_number(result.expected), " from the ", against);
  if (options.samples == 1) {
    map.checks["relative_standard_error"] = nullptr;
    map.checks.erase("ok");
    map.check_text = "a single sample does not tell its standard error";
  }
  return map;
}

}  // namespace

Method gradient_shap_method() {
  return {.name = "gradient-shap",
          .title = "GradientSHAP",
          .run = run_gradient_shap,
          .text = {"The gradient at random points between a baseline picture, or the pictures of a "
                   "background, and the photo, times what changed on the way: what each pixel adds "
                   "to the score.",
                   kSpeaksFor,
                   kSpeaksAgainst,
                   {"Lundberg and Lee", "A unified approach to interpreting model predictions",
                    2017, "https://arxiv.org/abs/1705.07874"}},
          .passes = [](const ExplainOptions& options,
                       std::int64_t) { return 2.0 * static_cast<double>(samples_of(options)); },
          .is_complete = true};
}

}  // namespace backlight::tools
