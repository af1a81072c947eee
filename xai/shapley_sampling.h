// Shapley values by sampling permutations: what a segment adds on average when it joins the others
// in random order.
#pragma once

#include "xai/coalitions.h"

namespace backlight {

struct ShapleySamplingOptions {
  std::int64_t permutations = 25;
  std::uint64_t seed = 0;
};

struct ShapleySamplingResult {
  Tensor values;                       // [H,W]: each pixel has the value of its segment
  std::vector<double> shapley_values;  // of each segment
  // Of each of them: the spread over the permutations / sqrt(permutations); 0 of one.
  std::vector<double> standard_errors;
  double relative_error = 0;     // |standard_errors| / |shapley_values|, as L2 norms
  double sum = 0, expected = 0;  // f(x) - f(baseline): equal but for rounding
};

// phi_s = (1/n) sum_k v(those before s in permutation k, and s) - v(those before s), where v shows
// segments of x over the baseline (xai/coalitions.h). Permutation k depends on (seed, k) alone:
// numbers below(M), below(M - 1), ..., below(2) of Random(seed, k) shuffle 0..M-1 from the end
// (Fisher and Yates). Costs at most n (M - 1) + 2 passes. Errors: as SegmentGame; no permutation.
// Source: Castro, Gomez and Tejada, "Polynomial calculation of the Shapley value based on
// sampling", Computers & Operations Research 36, 2009, section 3.
ShapleySamplingResult shapley_sampling(const SegmentGame& game,
                                       const ShapleySamplingOptions& options,
                                       const Work& work = {});

}  // namespace backlight
