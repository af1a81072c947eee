#include "xai/saliency.h"

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a gradient that is off by a tenth a
// thousandth of |x| away.
constexpr double kLargestSlopeDifference = 0.1;

MapResult run_saliency(const MethodRequest& request) {
  const Of usual = is_notebook(request) ? Of::loss : Of::logit;
  const SaliencyResult result =
      saliency(request.model, request.x, objective_of(request, usual), request.options.variant);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", name_of_score(request, usual)}};
  map.checks = {{"gradient_norm", result.norm},
                {"measured_slope", result.slope},
                {"relative_difference", result.relative_difference},
                {"ok", result.relative_difference <= kLargestSlopeDifference}};
  map.check_text = "slope along the gradient: measured " + short_number(result.slope) +
                   ", gradient's norm " + short_number(result.norm);
  return map;
}

MapResult run_input_x_gradient(const MethodRequest& request) {
  const InputXGradientResult result =
      input_x_gradient(request.model, request.x, objective_of(request));
  const std::string score = name_of_score(request);
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", score}};
  map.checks = {{"sum", result.sum},
                {score + "_minus_" + score + "_of_black", result.expected},
                {"completeness_delta", result.sum - result.expected}};
  map.check_text = "sums to " + short_number(result.sum) + "; the " + score + " rises by " +
                   short_number(result.expected) +
                   " from black (this method does not promise to be complete)";
  return map;
}

constexpr Paper kSaliencyPaper = {"Simonyan, Vedaldi and Zisserman",
                                  "Deep inside convolutional networks", 2014,
                                  "https://arxiv.org/abs/1312.6034"};

}  // namespace

Method saliency_method() {
  return {
      .name = "saliency",
      .title = "Saliency",
      .run = run_saliency,
      .text = {"How the score of the class would change if a pixel were a little brighter: the "
               "gradient of the score with respect to the photo.",
               kBrighterRaises, kBrighterLowers, kSaliencyPaper},
      .texts = {{Variant::notebook,
                 {"How strongly the loss reacts to each pixel: the largest magnitude of its "
                  "gradient over the three colours, stretched to run from 0 to 1.",
                  "the loss reacts to the pixel", "", kSaliencyPaper}}},
      .passes = [](const ExplainOptions&, std::int64_t) { return 4.0; },  // two more for the slope
      .departures = {Variant::notebook},
      .by_default = true,
      .kind = MapKind::gradient};
}

Method input_x_gradient_method() {
  return {.name = "input-x-gradient",
          .title = "Input × gradient",
          .run = run_input_x_gradient,
          .text = {"Each pixel's gradient times its own value, so that black pixels count nothing: "
                   "a first estimate of what each pixel adds to the score.",
                   kSpeaksFor,
                   kSpeaksAgainst,
                   {"Shrikumar, Greenside, Shcherbina and Kundaje", "Not just a black box", 2016,
                    "https://arxiv.org/abs/1605.01713"}},
          .passes = [](const ExplainOptions&, std::int64_t) { return 4.0; },
          .by_default = true};
}

}  // namespace backlight::tools
