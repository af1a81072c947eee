// LIME for pictures: which segments speak for a class, by a straight line through pictures with
// some of them hidden.
#pragma once

#include <string>
#include <vector>

#include "xai/model.h"

namespace backlight {

// What a hidden segment shows: its mean colour, black, or the picture smoothed by a Gaussian whose
// standard deviation is a sixteenth of the shorter side.
enum class Fill : std::uint8_t { mean, black, blurred };
const std::vector<std::string>& fill_names();

struct LimeOptions {
  std::int64_t samples = 1000;
  Fill fill = Fill::mean;
  double kernel_width = 0.25;
  double ridge = 1;
  std::uint64_t seed = 0;
  Variant variant = Variant::paper;
};

struct LimeResult {
  Tensor values;                // [H,W] in the dtype of x: each pixel has its segment's weight
  Tensor segments;              // as they were given
  std::vector<double> weights;  // of each segment
  // Of each weight, how far it would move with other masks (xai/ridge.h), and all together:
  // |standard errors| / |weights|, as L2 norms.
  std::vector<double> standard_errors;
  double relative_error = 0;
  Tensor standard_error;  // [H,W]: each pixel has its segment's
  double intercept = 0;
  double r2 = 0;     // how much of the weighted variance of the scores the line explains
  double score = 0;  // the objective at x
  double local = 0;  // what the line says of x
  // Notebook: what the segment 0 that does not exist was given; the paper's variant has none.
  double invented = 0;
};

// Sample k is x with the segments s hidden for which z_ks = 0; z_0 is all ones, every other z_ks is
// 0 or 1 with equal chances, from (seed, k) alone. The line  intercept + sum_s weight_s z_ks  is
// fitted to the objective f(sample k) by ridge regression (xai/ridge.h), where sample k counts
//   sqrt(exp(-d_k^2 / kernel_width^2)),  d_k = 1 - cos(z_k, z_0) = 1 - sqrt(shown segments / all).
//
// Notebook: lime 0.1.1.37 with scikit-image's segments, which number from 1, where lime numbers
// from 0: z_ks hides segment s - 1, so that z_k0 hides nothing and the last segment is never hidden
// (its weight is 0). The regression is lime's; the map shows what the course notebook draws, the
// weights of the 11 largest magnitudes (the invented one's place among them is lost), without those
// below 0.05.
//
// The lime package explains whatever numbers it is handed, by its documentation probabilities. Here
// the objective decides; the notebook hands it the network's output before any softmax, so that
// logit_of its label is what it explains.
//
// segments: xai/segmentation/segments.h, from slic, quickshift or by hand. Errors: segments that do
// not fit the picture, fewer than two samples, a kernel_width that is not above 0, no ridge where
// the samples do not determine the line.
// Source: Ribeiro, Singh and Guestrin, "'Why should I trust you?' Explaining the predictions of any
// classifier", 2016, section 3; the kernel, the ridge of 1 and the width of 0.25 are the lime
// package's.
LimeResult lime(const Model& model, const Tensor& x, const Tensor& segments,
                const Objective& objective, const LimeOptions& options = {}, const Work& work = {});

// The picture whose pixels hidden segments show: `fill` of x [1,H,W,C], in its shape and on its
// device.
Tensor filled_segments(const Tensor& x, const Tensor& segments, Fill fill);

// The masks z of lime: uint8 [samples, segments].
Tensor lime_masks(std::int64_t samples, std::int64_t segments, std::uint64_t seed);

// lime with masks of one's own in place of options.samples and options.seed. The first must show
// everything.
LimeResult lime_with_masks(const Model& model, const Tensor& x, const Tensor& segments,
                           const Tensor& masks, const Objective& objective,
                           const LimeOptions& options = {}, const Work& work = {});

}  // namespace backlight
