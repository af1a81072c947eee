// SLIC: superpixels by k-means over colour and place.
#pragma once

#include "tensor/tensor.h"

namespace backlight {

struct SlicOptions {
  std::int64_t segments = 200;  // about as many come out
  double compactness = 1;       // the larger, the squarer the segments
  double sigma = 1;             // of the blur before, in pixels
  int iterations = 10;
  // Joins what hangs together, and parts of fewer than smallest or more than largest times the
  // mean size with a neighbour; see slic.
  bool connect = true;
  double smallest = 0.5, largest = 3;
};

// The segments of a picture [H,W,C] or [1,H,W,C], numbered from 0: int32 [H,W] on the processor.
//
// Colours are stretched to [0,1] over the whole picture, taken to L*a*b* if there are three, and
// smoothed. Centres start on a regular grid of step s = sqrt(H W / segments), without a colour.
// Each pixel goes to the centre nearest by
//   |colour - colour'|^2 / compactness^2 + |place - place'|^2 / s^2
// among those at most 2 s away in both directions, then each centre becomes the mean of its pixels,
// `iterations` times. At last, in reading order, each part of a segment that hangs
// together becomes a segment of its own, cut off where it reaches `largest` times H W / centres
// pixels; one with fewer than `smallest` times that joins a segment before it that it touches.
// The same partition as scikit-image 0.26's slic(start_label=0) but for rounding.
// Errors: as pixels_of; a count below 1, a compactness that is not above 0.
// Source: Achanta, Shaji, Smith, Lucchi, Fua and Susstrunk, "SLIC superpixels compared to
// state-of-the-art superpixel methods", 2012.
Tensor slic(const Tensor& picture, const SlicOptions& options = {});

}  // namespace backlight
