// What the homework measures of a map: one number a pixel, float32 [H,W] on the processor.
#pragma once

#include <array>
#include <vector>

#include "models/image/image.h"
#include "tensor/tensor.h"
#include "tools/figure/canvas.h"

namespace backlight::tools {

// The largest magnitude of each pixel's channels, of a map [H,W], [H,W,C] or [1,H,W,C].
Tensor strongest_channel(const Tensor& map);

// The value below which `share` of the values lie: the nearest of them. Errors: no values.
double quantile(std::vector<double> values, double share);

double largest_of(const Tensor& map);

// Where the brightest pixels of a map lie.
struct Bright {
  std::vector<std::size_t> pixels;  // from the brightest on, row-major places
  std::array<double, 9> ninths{};   // their share in each ninth of the picture, row by row
  std::size_t fullest = 0;          // the ninth that has most of them
  double x = 0, y = 0;              // their mean, in [0, 1]
  // The root mean square distance from it, 1 for pixels spread evenly over the whole picture.
  double spread = 0;
  // How long the cloud of them is, of its width: the ratio of its standard deviations along its
  // principal axes; 1 for as long as wide.
  double elongation = 1;
  // The middle 80 % of them: columns and rows in [0, 1].
  double left = 0, right = 0, top = 0, bottom = 0;
};
// The brightest `share` of the pixels, but one at least; of equal ones those that come first.
// Errors: as pixel_values.
Bright brightest(const Tensor& map, double share);

// The mean difference of neighbours, as a share of the mean value of a map without negative values;
// 0 where that is 0. Noise raises it: for independent values it is largest.
double graininess(const Tensor& map);

// The share of the sum that the largest tenth of the pixels has; 0.1 of a constant map.
double concentration(const Tensor& map);

// The share of the sum of the magnitudes that lies in the outer half of the picture: outside the
// box in its middle, of its shape and half its area. 0 of a map of zeros.
double outer_share(const Tensor& map);

// The mean colour of these pixels of a photo.
Color mean_color(const Image& photo, const std::vector<std::size_t>& pixels);

// |a - b| / |b|, as L2 norms; 0 where both are zero, 1 where only b is. Errors: other shapes.
double relative_change(const Tensor& a, const Tensor& b);

// Of each step between neighbouring pixels the root mean square, in standard deviations of the map:
// how sharp it looks; 0 of a constant map.
double sharpness(const Tensor& map);

// The map brought to fewer places, each the mean of the pixels there. Errors: `height` and `width`
// do not divide the map's.
Tensor reduced(const Tensor& map, std::int64_t height, std::int64_t width);

// The mean of the magnitudes of all filters at each place of an activation [1,P,Q,K]: [P,Q].
Tensor mean_response(const Tensor& activation);

}  // namespace backlight::tools
