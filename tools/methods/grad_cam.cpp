#include "xai/grad_cam.h"

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

GradCamOptions options_of(const MethodRequest& request) {
  const std::string& layer = request.options.layer;
  return {layer.empty() ? request.last_features : layer, request.options.variant};
}

void describe(const MethodRequest& request, const GradCamOptions& options, const GradCamResult& cam,
              MapResult& map) {
  map.settings = {{"of", name_of_score(request)},
                  {"layer", options.layer},
                  {"layer_size", cam.values.shape().extents()}};
  map.checks = {{"negative_share", cam.negative_share}, {"ok", cam.negative_share < 1}};
}

MapResult run_grad_cam(const MethodRequest& request) {
  const GradCamOptions options = options_of(request);
  const GradCamResult cam = grad_cam(request.model, request.x, objective_of(request), options);
  MapResult map;
  map.values = cam.values;
  map.extra = {{"weights", cam.weights}};
  describe(request, options, cam, map);
  const bool captum = options.variant == Variant::captum;
  map.check_text = short_percent(cam.negative_share) + " of " + options.layer +
                   (captum ? "'s map speaks against the class and is kept"
                           : "'s map speaks against the class and was cut off");
  return map;
}

MapResult run_guided_grad_cam(const MethodRequest& request) {
  const GradCamOptions options = options_of(request);
  const GuidedGradCamResult result =
      guided_grad_cam(request.model, request.x, objective_of(request), options);
  MapResult map;
  map.values = without_batch(result.values);
  describe(request, options, result.cam, map);
  map.checks["cosine_with_gradient"] = result.guided.gradient_cosine;
  map.check_text = "Grad-CAM at " + options.layer + " cut off " +
                   short_percent(result.cam.negative_share) +
                   "; the guided map's cosine with the gradient is " +
                   short_number(result.guided.gradient_cosine, 2);
  return map;
}

constexpr Paper kPaper = {"Selvaraju et al.",
                          "Grad-CAM: visual explanations from deep networks via gradient-based "
                          "localization",
                          2017, "https://arxiv.org/abs/1610.02391"};

}  // namespace

Method grad_cam_method() {
  return {
      .name = "grad-cam",
      .title = "Grad-CAM",
      .run = run_grad_cam,
      .text = {"Where the last convolution found what speaks for the class: its channels added "
               "up, each weighted by what the score gains from it. As coarse as that layer, and "
               "enlarged to the photo.",
               "the place speaks for the class", "it speaks against it", kPaper},
      .departures = {Variant::captum}};
}

Method guided_grad_cam_method() {
  return {.name = "guided-grad-cam",
          .title = "Guided Grad-CAM",
          .run = run_guided_grad_cam,
          .text = {"Guided backpropagation's sharp contours, kept only where Grad-CAM finds the "
                   "class.",
                   kBrighterRaises, kBrighterLowers, kPaper},
          .passes = [](const ExplainOptions&, std::int64_t) { return 4.0; },
          .departures = {Variant::captum},
          .kind = MapKind::gradient};
}

}  // namespace backlight::tools
