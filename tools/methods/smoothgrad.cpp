#include "xai/smoothgrad.h"

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a mean of samples that still moves by a
// quarter of itself.
constexpr double kLargestStandardError = 0.25;

std::int64_t samples_of(const ExplainOptions& options) {
  return options.samples.value_or(options.variant == Variant::notebook ? 500 : 50);
}

MapResult run_smoothgrad(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  const Of usual = is_notebook(request) ? Of::loss : Of::logit;
  SmoothGradOptions options;
  options.variant = asked.variant;
  options.samples = samples_of(asked);
  options.level = asked.noise.value_or(is_notebook(request) ? 0.4 : 0.15);
  options.seed = asked.seed;
  const SmoothGradResult result =
      smoothgrad(request.model, request.x, objective_of(request, usual), options, request.work);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", name_of_score(request, usual)},
                  {"samples", options.samples},
                  {"noise_level", options.level},
                  {"sigma", result.sigma},
                  {"seed", options.seed}};
  map.checks = {{"relative_standard_error", result.relative_error},
                {"ok", result.relative_error <= kLargestStandardError}};
  map.check_text = "standard error " + short_percent(result.relative_error) + " of the map after " +
                   str(options.samples) + " samples";
  map.extra = {{"standard-error", without_batch(result.standard_error)}};
  if (options.samples == 1) {
    map.checks = {{"relative_standard_error", nullptr}};
    map.check_text = "a single sample does not tell its standard error";
  }
  return map;
}

constexpr Paper kPaper = {"Smilkov, Thorat, Kim, Viégas and Wattenberg",
                          "SmoothGrad: removing noise by adding noise", 2017,
                          "https://arxiv.org/abs/1706.03825"};

}  // namespace

Method smoothgrad_method() {
  return {.name = "smoothgrad",
          .title = "SmoothGrad",
          .run = run_smoothgrad,
          .text = {"The gradient averaged over many copies of the photo with random noise added: "
                   "what stays is what does not depend on the noise.",
                   kBrighterRaises, kBrighterLowers, kPaper},
          .texts = {{Variant::notebook,
                     {"The magnitude of the loss's gradient, averaged over many copies of the "
                      "photo with random noise added: what stays is what does not depend on the "
                      "noise.",
                      "the loss reacts to the pixel", "", kPaper}}},
          .passes = [](const ExplainOptions& options,
                       std::int64_t) { return 2.0 * static_cast<double>(samples_of(options)); },
          .departures = {Variant::notebook},
          .by_default = true,
          .kind = MapKind::gradient};
}

}  // namespace backlight::tools
