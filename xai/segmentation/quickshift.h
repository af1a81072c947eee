// Quickshift: superpixels by climbing to where pixels are densest.
#pragma once

#include "tensor/tensor.h"

namespace backlight {

struct QuickshiftOptions {
  double kernel_size = 4;  // standard deviation of the density's kernel
  double max_dist = 200;   // links longer than this are cut
  double ratio = 0.2;      // weight of colour against place; the colours are multiplied by it
  std::uint64_t seed = 0;  // of what breaks ties
};

// The segments of a picture [H,W,C] or [1,H,W,C], numbered from 0: int32 [H,W] on the processor.
//
// A pixel is a point (place, ratio colour), its colour in L*a*b* if it has three channels. Its
// density is sum_q exp(-|p - q|^2 / (2 kernel_size^2)) over the pixels q of a square window of
// ceil(3 kernel_size) pixels around it. Each pixel is linked to the nearest one of higher density
// in that window, if there is one at most max_dist away; a tree of links is a segment. Segments
// are numbered in the order of their roots.
//
// In even areas densities are equal. As in scikit-image, noise of standard deviation 1e-5 on the
// densities decides there; ours is number i of Philox stream (seed, 0) for pixel i, so that the
// same seed gives the same segments. Given the same noise, the same partition as scikit-image
// 0.26's quickshift but for rounding. The defaults are lime's.
// Errors: as pixels_of; a kernel_size below 1, another option that is negative or not finite.
// Source: Vedaldi and Soatto, "Quick shift and kernel methods for mode seeking", 2008.
Tensor quickshift(const Tensor& picture, const QuickshiftOptions& options = {});

}  // namespace backlight
