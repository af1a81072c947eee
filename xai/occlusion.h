// Occlusion: how the score falls when a window of the picture is covered.
#pragma once

#include "xai/model.h"

namespace backlight {

struct OcclusionOptions {
  std::int64_t window = 16;  // pixels a side
  std::int64_t stride = 8;   // pixels from one window to the next
};

struct OcclusionResult {
  Tensor values;                   // [H,W]
  std::int64_t windows = 0;        // how many were covered, each by itself
  double score = 0, baseline = 0;  // the objective at x, and at the baseline: all covered
  // The objective's largest fall and largest rise under a single window, both 0 or more.
  double fall = 0, rise = 0;
};

// How many windows are covered along an axis of `extent` pixels: ceil((extent - window)/stride) +
// 1, the last one cut off at the edge. Errors: a window larger than the picture; a stride that
// would leave pixels between windows.
std::int64_t count_windows(std::int64_t extent, const OcclusionOptions& options);

// a_i = (1/n_i) sum over the n_i windows W that cover pixel i of f(x) - f(x with W at baseline).
// A window covers all channels. The paper's baseline is grey; it shows f(x_W) itself at the centre
// of W instead of the mean fall. A model with stages runs again only where it sees the window
// (xai/local_passes.h). Errors: those of count_windows.
// Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014,
// section 4.2.
OcclusionResult occlusion(const Model& model, const Tensor& x, const Tensor& baseline,
                          const Objective& objective, const OcclusionOptions& options,
                          const Work& work = {});

}  // namespace backlight
