// How far two maps of one picture agree.
#pragma once

#include "tensor/tensor.h"

namespace backlight {

// What is compared of each pixel: its value, or how large it is whatever its sign. Adebayo et al.
// call the first "no abs", the second "abs".
enum class Compared : std::uint8_t { value, magnitude };

// Spearman's rank correlation of the pixels' values (xai/metrics/map_values.h): Pearson's of their
// ranks, equal values sharing the mean of theirs. 1: the same order; -1: the opposite one; 0 where
// a map has but one value, and so no order. Errors: maps of different height or width.
// Source: Spearman, "The proof and measurement of association between two things", 1904.
double rank_correlation(const Tensor& a, const Tensor& b, Compared compared = Compared::value);

// The share of the largest pixels of one map that are among the largest of the other: |A and B| /
// |A|, where each set has round(share x pixels) pixels, but one at least. By chance it is `share`.
// Errors: maps of different height or width; a share outside (0, 1].
double top_overlap(const Tensor& a, const Tensor& b, double share = 0.1,
                   Compared compared = Compared::value);

}  // namespace backlight
