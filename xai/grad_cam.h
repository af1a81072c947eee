// Grad-CAM: where in the picture a layer's channels speak for a class, and Guided Grad-CAM.
#pragma once

#include <string>

#include "xai/guided_backprop.h"
#include "xai/model.h"

namespace backlight {

struct GradCamOptions {
  std::string layer = "cnn.36";      // whose output [1,h,w,C] is looked at
  Variant variant = Variant::paper;  // or captum
};

struct GradCamResult {
  Tensor values;   // [h,w], the layer's own size
  Tensor weights;  // [C]: what the score gains from each channel, the mean of its gradient
  // The share of the map, by magnitude, that is negative before the ReLU: all of it (1) means that
  // nothing in this layer speaks for the class, and the map is empty.
  double negative_share = 0;
};

// L = max(0, sum_c w_c A_c) with w_c = mean over h, w of d objective / d A_c, where A is the
// layer's output. Variant::captum leaves out the ReLU, as Captum 0.9 does by default.
// Errors: no layer of that name ran; its output is not [1,h,w,C].
// Source: Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: visual explanations from
// deep networks via gradient-based localization", ICCV 2017, equations 1 and 2.
GradCamResult grad_cam(const Model& model, const Tensor& x, const Objective& objective,
                       const GradCamOptions& options = {});

struct GuidedGradCamResult {
  Tensor values;  // the shape of x
  GradCamResult cam;
  GuidedBackpropResult guided;
};

// The guided backpropagation map times the Grad-CAM map (with its ReLU), enlarged bilinearly to the
// input's size; Variant::captum enlarges it by repeating pixels, as Captum 0.9 does by default.
// Source: the same, section 3.2.
GuidedGradCamResult guided_grad_cam(const Model& model, const Tensor& x, const Objective& objective,
                                    const GradCamOptions& options = {});

// A map [h,w] on the processor at another size: bilinear between the centres of its pixels, which
// are repeated beyond the border (PyTorch's align_corners=False). For figures.
Tensor enlarge(const Tensor& map, std::int64_t height, std::int64_t width);

}  // namespace backlight
