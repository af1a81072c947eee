// Saliency maps and input x gradient: one backward pass.
#pragma once

#include "xai/model.h"

namespace backlight {

// How well a map agrees with the model it explains; each field says what was compared.
struct SaliencyResult {
  Tensor values;
  // The gradient's own check: along its direction u = g/|g| the objective must rise by |g| a unit.
  // slope = (F(x + h u) - F(x - h u)) / 2h, and |slope - |g|| / |g|, which is not zero where a
  // ReLU or a pooling changes sides within the step h = 0.0001 |x|.
  double slope = 0, norm = 0, relative_difference = 0;
};

// Paper: g = d objective / d x, of a logit, signed, in the shape of x [1,H,W,C].
// Notebook: m = max over channels of |g|, of the loss, then (m - min m) / (max m - min m),
// [H,W]; zeros if m is constant.
// Source: Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", 2014, section 3.
SaliencyResult saliency(const Model& model, const Tensor& x, const Objective& objective,
                        Variant variant = Variant::paper);

struct InputXGradientResult {
  Tensor values;
  // sum of the map against F(x) - F(0): equal for a network without biases.
  double sum = 0, expected = 0;
};

// x * d objective / d x, in the shape of x. Source: Shrikumar, Greenside, Shcherbina and
// Kundaje, "Not just a black box", 2016.
InputXGradientResult input_x_gradient(const Model& model, const Tensor& x,
                                      const Objective& objective);

}  // namespace backlight
