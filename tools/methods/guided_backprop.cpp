#include "xai/guided_backprop.h"

#include "tools/methods/all.h"
#include "tools/methods/common.h"

namespace backlight::tools {
namespace {

MapResult run(const MethodRequest& request,
              GuidedBackpropResult (*method)(const Model&, const Tensor&, const Objective&,
                                             const GuidedBackpropOptions&)) {
  const GuidedBackpropResult result =
      method(request.model, request.x, objective_of(request), {.variant = request.options.variant});
  MapResult map;
  map.values = without_batch(result.values);
  map.settings = {{"of", name_of_score(request)}};
  map.checks = {{"cosine_with_gradient", result.gradient_cosine}};
  map.check_text = "cosine with the plain gradient " + short_number(result.gradient_cosine, 2) +
                   "; the lower, the less the map depends on the class (this method does not "
                   "promise to follow the model)";
  return map;
}

MapResult run_guided(const MethodRequest& request) { return run(request, guided_backprop); }
MapResult run_deconvolution(const MethodRequest& request) { return run(request, deconvolution); }

}  // namespace

Method guided_backprop_method() {
  return {.name = "guided-backprop",
          .title = "Guided backpropagation",
          .run = run_guided,
          .text = {"The gradient, of which every ReLU passes back only what is positive and only "
                   "where it was open: the contours that excited the network. Sharp, and nearly "
                   "the same for every class.",
                   kBrighterRaises,
                   kBrighterLowers,
                   {"Springenberg, Dosovitskiy, Brox and Riedmiller",
                    "Striving for simplicity: the all convolutional net", 2015,
                    "https://arxiv.org/abs/1412.6806"}},
          .departures = {Variant::captum},
          .kind = MapKind::gradient};
}

Method deconvolution_method() {
  return {.name = "deconvolution",
          .title = "Deconvolution",
          .run = run_deconvolution,
          .text = {"The network run backwards, with every ReLU applied to the signal on its way "
                   "back, whatever it passed on the way there: a reconstruction of the pattern "
                   "that the score's units look for.",
                   kBrighterRaises,
                   kBrighterLowers,
                   {"Zeiler and Fergus", "Visualizing and understanding convolutional networks",
                    2014, "https://arxiv.org/abs/1311.2901"}},
          .departures = {Variant::captum},
          .kind = MapKind::gradient};
}

}  // namespace backlight::tools
