// Feature ablation: how the score falls when one segment of the picture is taken away.
#pragma once

#include "xai/coalitions.h"

namespace backlight {

struct FeatureAblationResult {
  Tensor values;                // [H,W]: each pixel has the effect of its segment
  std::vector<double> effects;  // of each segment
  // The effects add up to f(x) - f(baseline) only where the segments do not act together.
  double sum = 0, expected = 0;
};

// effect_s = f(x) - f(x with segment s at baseline): in full for every pixel of the segment.
// Errors: as SegmentGame (xai/coalitions.h).
// Source: Kokhlikyan et al., "Captum: a unified and generic model interpretability library for
// PyTorch", 2020, section 3; Zeiler and Fergus (xai/occlusion.h) with segments for windows.
FeatureAblationResult feature_ablation(const SegmentGame& game, const Work& work = {});

}  // namespace backlight
