#include "xai/rise.h"

#include "tools/figure/heat_map.h"
#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

// Where the check begins to ask for attention, a judgement: a contrast of which half is noise.
constexpr double kLargestStandardError = 0.5;

double mean_of(const Tensor& values) {
  double sum = 0;
  for (std::int64_t i = 0; i < values.numel(); ++i) sum += values.at(i);
  return sum / static_cast<double>(values.numel());
}

MapResult run_rise(const MethodRequest& request) {
  const ExplainOptions& asked = request.options;
  RiseOptions options;
  options.masks = asked.samples.value_or(options.masks);
  options.seed = asked.seed;
  options.count = MaskCount::drawn;
  const RiseResult result = rise(request.model, request.x, baseline_for(asked.baseline, request.x),
                                 objective_of(request), options, request.work);
  MapResult map;
  map.values = result.values;
  map.settings = {{"of", name_of_score(request)}, {"samples", options.masks},
                  {"grid", options.grid},         {"probability", options.probability},
                  {"baseline", asked.baseline},   {"seed", options.seed},
                  {"divided_by", "masks drawn"}};
  map.checks = {{"relative_standard_error", result.relative_error},
                {"ok", result.relative_error <= kLargestStandardError}};
  map.check_text = "standard error " + short_percent(result.relative_error) +
                   " of the map's contrast after " + str(options.masks) + " masks";
  if (options.masks == 1) {
    map.checks = {{"relative_standard_error", nullptr}};
    map.check_text = "a single mask does not tell its standard error";
  }
  map.extra = {{"standard-error", result.standard_error}};
  // Every pixel has about the mean score, and only the differences say where the network looks.
  map.level = mean_of(result.values);
  const Image photo = tensor_to_image(request.x.to(Device::cpu));
  map.drawing = {
      overlay(photo, heat_map(map.at_size_of(photo))),
      "Red: the score is higher where this is seen; blue: lower. Both from the mean of the map, " +
          short_number(map.level) + "."};
  return map;
}

}  // namespace

Method rise_method() {
  return {
      .name = "rise",
      .title = "RISE",
      .run = run_rise,
      .text =
          {"The average of many random masks, each weighted with the score of the photo "
           "seen through it and divided by the masks that showed the pixel (the paper divides by "
           "how many are expected to): the mean score where a pixel is seen.",
           "the score is high where the pixel is seen",
           "the score is below zero where it is seen",
           {"Petsiuk, Das and Saenko",
            "RISE: randomized input sampling for explanation of black-box models", 2018,
            "https://arxiv.org/abs/1806.07421"}},
      .passes = [](const ExplainOptions& options, std::int64_t) {
        return static_cast<double>(options.samples.value_or(RiseOptions{}.masks));
      }};
}

}  // namespace backlight::tools
