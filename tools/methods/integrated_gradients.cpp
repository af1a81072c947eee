#include "xai/integrated_gradients.h"

#include <cmath>

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a sum that misses a twentieth of what
// it should be.
constexpr double kLargestDelta = 0.05;

std::int64_t steps_of(const ExplainOptions& options) {
  return options.steps.value_or(options.variant == Variant::notebook ? 10 : 50);
}

MapResult run_integrated_gradients(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const bool notebook = is_notebook(request);
  IntegratedGradientsOptions options;
  options.variant = asked.variant;
  options.quadrature = notebook ? Quadrature::left : asked.quadrature;
  options.steps = steps_of(asked);
  const std::string baseline = notebook ? "black" : asked.baseline;
  const IntegratedGradientsResult result =
      integrated_gradients(request.model, request.x, baseline_for(baseline, request.x),
                           objective_of(request), options, request.work);
  const std::string score = name_of_score(request);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", score},
                  {"steps", options.steps},
                  {"quadrature", quadrature_names()[static_cast<std::size_t>(options.quadrature)]},
                  {"baseline", baseline},
                  {"times_input", !notebook}};
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_baseline", result.expected},
                {"completeness_delta", result.delta()},
                {"ok", std::abs(result.delta()) <= kLargestDelta * std::abs(result.expected)}};
  map.check_text =
      str(notebook ? "times the input it sums to " : "sums to ", short_number(result.sum, 5),
          "; the ", score, " rises by ", short_number(result.expected, 5),
          " from the baseline (delta ", short_number(result.delta(), 2), ")");
  return map;
}

constexpr Paper kPaper = {"Sundararajan, Taly and Yan", "Axiomatic attribution for deep networks",
                          2017, "https://arxiv.org/abs/1703.01365"};

}  // namespace

Method integrated_gradients_method() {
  return {.name = "integrated-gradients",
          .title = "Integrated Gradients",
          .run = run_integrated_gradients,
          .text = {"The gradient averaged on the way from a baseline picture to the photo, times "
                   "what changed on the way: what each pixel adds to the score, and together the "
                   "pixels add up to all of it.",
                   kSpeaksFor, kSpeaksAgainst, kPaper},
          .texts = {{Variant::notebook,
                     {"The gradient averaged over brighter and brighter versions of the photo, "
                      "from black up to the photo itself.",
                      kBrighterRaises, kBrighterLowers, kPaper}}},
          .passes = [](const ExplainOptions& options,
                       std::int64_t) { return 2.0 * static_cast<double>(steps_of(options)); },
          .departures = {Variant::notebook},
          .by_default = true,
          .is_complete = true};
}

}  // namespace backlight::tools
