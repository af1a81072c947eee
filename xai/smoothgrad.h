// SmoothGrad: the mean gradient over noisy copies of the input.
#pragma once

#include "xai/model.h"

namespace backlight {

struct SmoothGradOptions {
  std::int64_t samples = 50;
  double level = 0.15;  // of the noise, see below
  std::uint64_t seed = 0;
  Variant variant = Variant::paper;
};

struct SmoothGradResult {
  Tensor values;          // the shape of x
  Tensor standard_error;  // of each value: the spread of the samples / sqrt(samples); 0 of one
  double sigma = 0;       // standard deviation of the noise that was added
  // |standard_error| / |values|, both as L2 norms: how far the map is from its limit.
  double relative_error = 0;
};

// Paper: (1/n) sum_k d objective / d x, of a logit, at x + N(0, sigma^2), sigma = level (max x -
// min x). Notebook: (1/n) sum_k |d objective / d x| of the loss there, sigma = (level / (max x -
// min x))^2; its level is 0.4 and its n is 500. Sample k's noise depends on (seed, k) alone.
// Source: Smilkov, Thorat, Kim, Viegas and Wattenberg, "SmoothGrad: removing noise by adding
// noise", 2017, section 2.
SmoothGradResult smoothgrad(const Model& model, const Tensor& x, const Objective& objective,
                            const SmoothGradOptions& options, const Work& work = {});

}  // namespace backlight
