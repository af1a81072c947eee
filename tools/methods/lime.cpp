#include "xai/lime.h"

#include "tools/methods/all.h"
#include "tools/methods/common.h"
#include "tools/methods/segments.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a line that misses more than half of
// how the scores vary.
constexpr double kSmallestR2 = 0.5;
// And samples a segment, below which the line bends to the samples and its R2 says little.
constexpr std::int64_t kFewestSamples = 2;

MapResult run_lime(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  LimeOptions options;
  options.variant = asked.variant;
  options.samples = asked.samples.value_or(options.samples);
  options.fill = asked.fill;
  options.seed = asked.seed;
  const Tensor segments = segments_of(request);
  const LimeResult result =
      lime(request.model, request.x, segments, objective_of(request), options, request.work);
  const auto count = static_cast<std::int64_t>(result.weights.size());
  const bool enough = options.samples >= kFewestSamples * count;
  MapResult map;
  map.values = result.values;
  map.settings = {{"of", name_of_score(request)},
                  {"samples", options.samples},
                  {"fill", fill_names()[static_cast<std::size_t>(options.fill)]},
                  {"kernel_width", options.kernel_width},
                  {"ridge", options.ridge},
                  {"seed", options.seed}};
  add_segment_settings(asked.segmentation, count, map.settings);
  map.checks = {{"r2", result.r2},
                {"relative_standard_error", result.relative_error},
                {"score", result.score},
                {"score_by_the_line", result.local},
                {"ok", result.r2 >= kSmallestR2 && enough}};
  map.check_text = str("local R² ", short_number(result.r2, 2), ": a straight line through ",
                       options.samples, " masked copies explains ", short_percent(result.r2),
                       " of how the score varies; of the photo it says ",
                       short_number(result.local), " instead of ", short_number(result.score),
                       "; standard error of the weights ", short_percent(result.relative_error));
  if (!enough)
    map.check_text += str("; ", count, " segments ask for ", kFewestSamples * count,
                          " samples or more, or that share flatters");
  map.details = {{"weights", result.weights},
                 {"standard_errors", result.standard_errors},
                 {"intercept", result.intercept},
                 {"r2", result.r2}};
  if (is_notebook(request)) map.details["weight_of_the_invented_segment"] = result.invented;
  map.extra = {{"segments", segments}, {"standard-error", result.standard_error}};
  map.drawing = drawing_of(request, segments, result.values);
  return map;
}

constexpr Paper kPaper = {"Ribeiro, Singh and Guestrin",
                          "“Why should I trust you?” Explaining the predictions of any classifier",
                          2016, "https://arxiv.org/abs/1602.04938"};
constexpr const char* kFor = "the segment speaks for the class";

}  // namespace

Method lime_method() {
  return {.name = "lime",
          .title = "LIME",
          .run = run_lime,
          .text = {"What each segment of the photo adds to the score: a straight line fitted to "
                   "the scores of many copies in which some segments are hidden.",
                   kFor, kSpeaksAgainst, kPaper},
          .texts = {{Variant::notebook,
                     {"What the eleven segments that matter most add to the score, as the course "
                      "notebook shows them: the lime package takes each segment for its "
                      "neighbour, so that the last one is never hidden.",
                      kFor, kSpeaksAgainst, kPaper}}},
          .passes =
              [](const ExplainOptions& options, std::int64_t) {
                return static_cast<double>(options.samples.value_or(LimeOptions{}.samples));
              },
          .departures = {Variant::notebook}};
}

}  // namespace backlight::tools
