// An attribution map as it is shown: one number a pixel, a range, a colour scale.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"
#include "tools/figure/canvas.h"

namespace backlight::tools {

// The colours of a map. The channels of a pixel are added up. A map with a value below zero is
// signed: blue, white, red over [-limit, limit]; any other goes from black to yellow over
// [0, limit]. `limit` is the 99.5th percentile of the magnitudes, so that a few outliers do not
// leave the rest without colour (or the largest magnitude, where that percentile is 0).
struct HeatMap {
  int width = 0;
  int height = 0;
  std::vector<float> values;  // rows from the top
  bool is_signed = false;
  bool is_constant = false;
  double limit = 0;
  double largest = 0;  // the largest magnitude

  float value(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  // A value as a share of the limit, clamped to [-1, 1].
  double share(double value) const;
  Color color(double value) const;
};

// The heat map of a float32 tensor [H, W], [H, W, C] or [1, H, W, C]. Errors: another shape,
// no elements, values that are not finite.
HeatMap heat_map(const Tensor& map);

// The map in its colours, every value a block of the same colour.
Image heat_picture(const HeatMap& map, int width, int height);

// The photo in grey, at its own size, with the map over it, smoothed, in the stronger colours of
// its scale: the larger the magnitude, the less of the photo shows through.
Image overlay(const Image& photo, const HeatMap& map);

// A number in three digits, as people write it: "0.0123", "-4.2 * 10^-5" with real signs.
std::string number_label(double value);

}  // namespace backlight::tools
