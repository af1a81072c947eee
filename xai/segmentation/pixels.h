// A picture as segmentations see it: numbers of float64, in a colour space and smoothed.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// Channels last, rows from the top.
struct Pixels {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<double> values;

  const double* at(std::int64_t y, std::int64_t x) const {
    return values.data() + (y * width + x) * channels;
  }
};

// The pixels of a picture [H,W,C] or [1,H,W,C] on any device. Errors: another shape, no pixels,
// values that are not finite.
Pixels pixels_of(const Tensor& picture);

// The tensor [H,W,C] of some pixels.
Tensor tensor_of(const Pixels& pixels, DType dtype);

// sRGB in [0,1] as CIE L*a*b*, of the white of daylight (D65, observer of 2 degrees):
//   v = ((s + 0.055)/1.055)^2.4 above s = 0.04045, s/12.92 below;  (X,Y,Z) = M v;
//   f(t) = t^(1/3) above t = 0.008856, 7.787 t + 16/116 below, of X/Xn, Y/Yn, Z/Zn;
//   L = 116 f(Y/Yn) - 16,  a = 500 (f(X/Xn) - f(Y/Yn)),  b = 200 (f(Y/Yn) - f(Z/Zn)).
// Errors: not three channels. Source: IEC 61966-2-1 and CIE 15, with scikit-image's digits.
Pixels lab_of(const Pixels& rgb);

// Each channel smoothed by a Gaussian of standard deviation sigma, cut off after 4 sigma; beyond an
// edge the picture is mirrored, the edge's own pixels repeated. sigma 0 changes nothing.
Pixels blurred(const Pixels& picture, double sigma);

}  // namespace backlight
