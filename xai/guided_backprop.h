// Guided backpropagation and deconvolution: gradients of which the rectifiers pass only what is
// positive.
#pragma once

#include "xai/model.h"

namespace backlight {

struct GuidedBackpropOptions {
  Variant variant = Variant::paper;  // or captum
};

struct GuidedBackpropResult {
  Tensor values;  // the shape of x
  // The cosine between the map and the plain gradient: 1 for a network without rectifiers, and the
  // less of the model is left in the map the nearer it is to 0 (Adebayo et al., 2018).
  double gradient_cosine = 0;
};

// The gradient of the objective, with g the cotangent of a rectifier's output y and f' its slope:
//   guided backpropagation   max(0, f'(x) g): what both excited the unit and is excited by it
//   deconvolution            max(0, g): the signal is rectified on its way back, whatever x was
// f'(x) is 1 or 0 in a ReLU. A PReLU lets a share of what is negative through, and so does guided
// backpropagation here: f'(x) is its slope there. Variant::captum leaves the PReLU's gradient as it
// is, since Captum 0.9 changes that of ReLUs only.
// Sources: Springenberg, Dosovitskiy, Brox and Riedmiller, "Striving for simplicity: the all
// convolutional net", ICLR workshop 2015, section 3.4; Zeiler and Fergus, "Visualizing and
// understanding convolutional networks", ECCV 2014, section 2.1.
GuidedBackpropResult guided_backprop(const Model& model, const Tensor& x,
                                     const Objective& objective,
                                     const GuidedBackpropOptions& options = {});
GuidedBackpropResult deconvolution(const Model& model, const Tensor& x, const Objective& objective,
                                   const GuidedBackpropOptions& options = {});

}  // namespace backlight
