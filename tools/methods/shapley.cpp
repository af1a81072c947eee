// The two ways to the Shapley values of a photo's segments.
#include <algorithm>

#include "tools/methods/all.h"
#include "tools/methods/common.h"
#include "tools/methods/segments.h"
#include "xai/kernel_shap.h"
#include "xai/segmentation/segments.h"
#include "xai/shapley_sampling.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: values that still move by a quarter of
// themselves.
constexpr double kLargestStandardError = 0.25;

std::int64_t permutations_of(const ExplainOptions& options) {
  return options.samples.value_or(ShapleySamplingOptions{}.permutations);
}

// What both say of themselves. The values sum to what they should by construction; how far they are
// from their limit is the question.
template <typename Result>
void describe(const Result& result, const MethodRequest& request, const Tensor& segments,
              const std::string& after, MapResult& map) {
  const std::string score = name_of_score(request);
  const std::size_t count = result.shapley_values.size();
  map.values = result.values;
  map.settings["of"] = score;
  add_segment_settings(request.options.segmentation, static_cast<std::int64_t>(count),
                       map.settings);
  map.settings["baseline"] = request.options.baseline;
  map.settings["seed"] = request.options.seed;
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_baseline", result.expected},
                {"relative_standard_error", result.relative_error},
                {"ok", result.relative_error <= kLargestStandardError}};
  map.check_text = str(count, " segments; standard error ", short_percent(result.relative_error),
                       " after ", after, "; sums to ", short_number(result.sum));
  map.extra = {{"segments", segments}};
  map.details = {{"shapley_values", result.shapley_values},
                 {"standard_errors", result.standard_errors}};
  map.drawing = drawing_of(request, segments, result.values);
}

MapResult run_kernel_shap(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const Tensor segments = segments_of(request);
  KernelShapOptions options{.samples = asked.samples.value_or(0), .seed = asked.seed};
  // --samples speaks to all methods; this one has no answer with fewer.
  if (asked.samples) options.samples = std::max(options.samples, 2 * count_segments(segments) + 4);
  const KernelShapResult result = kernel_shap(game_of(request), options, request.work);
  MapResult map;
  map.settings["samples"] = result.coalitions;
  describe(result, request, segments,
           str(result.is_exact ? "all " : "", result.coalitions, " coalitions"), map);
  return map;
}

MapResult run_shapley_sampling(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const Tensor segments = segments_of(request);
  const ShapleySamplingOptions options{.permutations = permutations_of(asked), .seed = asked.seed};
  const ShapleySamplingResult result = shapley_sampling(game_of(request), options, request.work);
  MapResult map;
  map.settings["samples"] = options.permutations;
  describe(result, request, segments, str(options.permutations, " permutations"), map);
  if (options.permutations == 1) {
    map.checks["relative_standard_error"] = nullptr;
    map.checks.erase("ok");
    map.check_text = "a single permutation does not tell its standard error";
  }
  return map;
}

}  // namespace

Method kernel_shap_method() {
  return {.name = "kernel-shap",
          .title = "KernelSHAP",
          .run = run_kernel_shap,
          .text = {"What each segment of the photo adds to the score on average over all the ways "
                   "to show some of the others, by a weighted regression over a sample of them.",
                   kSpeaksFor,
                   kSpeaksAgainst,
                   {"Lundberg and Lee", "A unified approach to interpreting model predictions",
                    2017, "https://arxiv.org/abs/1705.07874"}},
          .passes =
              [](const ExplainOptions& options, std::int64_t) {
                const std::int64_t usual = 2 * options.segmentation.segments + 2048;
                return static_cast<double>(options.samples.value_or(usual));
              },
          .is_complete = true};
}

Method shapley_sampling_method() {
  return {
      .name = "shapley-sampling",
      .title = "Shapley sampling",
      .run = run_shapley_sampling,
      .text = {"What each segment of the photo adds to the score when the segments appear one "
               "after another, averaged over random orders.",
               kSpeaksFor,
               kSpeaksAgainst,
               {"Castro, Gómez and Tejada",
                "Polynomial calculation of the Shapley value based on sampling", 2009,
                "https://doi.org/10.1016/j.cor.2008.04.004"}},
      .passes =
          [](const ExplainOptions& options, std::int64_t) {
            return static_cast<double>(permutations_of(options) * options.segmentation.segments);
          },
      .is_complete = true};
}

}  // namespace backlight::tools
