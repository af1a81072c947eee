// RISE: the average of random masks, each weighted with the score of the picture seen through it.
#pragma once

#include "xai/model.h"

namespace backlight {

// What the sum of the weighted masks is divided by at a pixel: how many masks are expected to show
// it, as the paper does, or how much of it those that were drawn have shown. Both tend to the
// paper's definition, the mean score where the pixel is seen. The second is far less noisy where
// the scores are far from 0, as logits are: a pixel that happened to be shown often is not brighter
// for that.
enum class MaskCount : std::uint8_t { expected, drawn };

struct RiseOptions {
  std::int64_t masks = 4000;
  std::int64_t grid = 8;     // cells a side
  double probability = 0.5;  // that a cell is shown
  std::uint64_t seed = 0;
  MaskCount count = MaskCount::expected;
};

struct RiseResult {
  Tensor values;  // [H,W]
  // [H,W]: the spread over the masks / sqrt(masks), of what each adds to the sum or, by those
  // drawn, of how far each moves the quotient; 0 of a single mask.
  Tensor standard_error;
  // |standard_error| / |values - their mean|, as L2 norms: what of the picture's contrast is noise.
  // The mean itself says nothing about places.
  double relative_error = 0;
};

// S = 1/(p n) sum_k f(M_k x + (1 - M_k) baseline) M_k; the paper's baseline is black. With
// MaskCount::drawn it is divided by sum_k M_k in place of p n; a pixel that no mask shows then has
// the mean of all scores. A mask is a
// grid of cells that are 1 with probability p, else 0, interpolated (bilinear, half-pixel centres,
// the edge repeated) to (grid + 1) cells of ceil(H / grid) x ceil(W / grid) pixels, of which a part
// of H x W pixels is taken that begins somewhere in the first cell. Mask k depends on (seed, k)
// alone: the first grid^2 numbers of Random(seed, k) are compared with p row by row, then
// below(cell height) and below(cell width) give the shift.
// Errors: as check_picture_and_baseline (xai/blend.h); no mask, no cell or more cells than pixels;
// a probability outside (0, 1].
// Source: Petsiuk, Das and Saenko, "RISE: randomized input sampling for explanation of black-box
// models", BMVC 2018, equations 2 and 6 and section 3.2.
RiseResult rise(const Model& model, const Tensor& x, const Tensor& baseline,
                const Objective& objective, const RiseOptions& options, const Work& work = {});

}  // namespace backlight
