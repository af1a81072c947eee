// A picture as feature visualisation changes it: by its frequencies and uncorrelated colours.
#pragma once

#include "autograd/ops.h"

namespace backlight {

// Pictures [1,H,W,3] with values in (0, 1) from numbers z of shape [H,3W], of which z[a, 3b + k] is
// the frequency a down and b across in the k-th of three uncorrelated colours:
//   picture[i,j,c] = sigmoid(sum_{a,b,k} F[a,i] F[b,j] s[a,b] M[c,k] z[a, 3b + k]).
// F is the orthonormal real Fourier basis: 1, cos(2 pi f i), sin(2 pi f i), ... over sqrt(H) (or
// its half), f = 1/H, 2/H, ... s = 1 / (4 |f|), where |f| is the length of both frequencies, and at
// least one wave a picture: as in photographs, amplitudes fall as 1/f, so that a step of an
// optimiser moves all sizes of detail alike and not the finest ones most. M has the principal
// colours of ImageNet's photographs as its columns, each as long as its standard deviation, the
// longest 1: mostly light and dark, then blue against yellow, then green against purple.
// Source: Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017, and its code,
// lucid/optvis/param (color.py for M, spatial.py for s and the 4).
class FourierPicture {
 public:
  // For numbers of this dtype on this device. Errors: an extent below 1.
  FourierPicture(std::int64_t height, std::int64_t width, DType dtype, Device device);

  Var decode(const Var& z) const;
  // The numbers of a picture: decode's inverse. Values are brought into [1/512, 511/512] first, for
  // black and white are infinitely far away.
  Tensor encode(const Tensor& picture) const;
  // Normal numbers of standard deviation 0.01 from `seed`: a picture that is nearly grey.
  Tensor noise(std::uint64_t seed) const;

  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }

 private:
  std::int64_t height_, width_;
  DType dtype_;
  Device device_;
  Tensor rows_;     // [H,H], float64 on the processor: F of the height
  Tensor columns_;  // [3W,3W], likewise: F of the width times M, from (b,k) to (j,c)
  Tensor inverse_;  // its inverse
  Tensor scale_;    // [H,3W], likewise
  Tensor decode_rows_, decode_columns_, decode_scale_;  // the same for decode
};

}  // namespace backlight
