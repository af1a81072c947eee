// Which coalitions KernelSHAP asks the model about, and how much each counts.
#pragma once

#include "xai/coalitions.h"

namespace backlight {

struct WeightedCoalition {
  Coalition shown;
  double weight;  // in the regression; all of them together 1
};

// First the coalitions of the sizes that were taken whole, `taken` of them, then those that were
// drawn: each pair side by side, once, however often it was drawn.
struct CoalitionPlan {
  std::vector<WeightedCoalition> coalitions;
  std::size_t taken = 0;
  std::int64_t draws = 0;  // of pairs; 0: every coalition is there, the regression is exact
  std::vector<std::int64_t> times;  // each pair was drawn
};

// Coalitions of `players` segments, at most `budget`, that stand for all 2^M - 2 but the empty and
// the full one. One of s players has the weight (M - 1)/(C(M,s) s (M - s)), so that all of a size
// have (M - 1)/(s (M - s)). Sizes are taken whole from the outside in (1 and M - 1, 2 and M - 2,
// ...) as long as drawing would take each coalition once or more, size 1 in any case, for with it
// the regression has one solution; the weight that is left goes to draws of pairs, a coalition and
// its complement: the size by its weight, then the players, all from Random(seed, number of the
// draw). A coalition that is drawn again counts again. Errors: a budget below 2 M + 4, size 1 and
// two draws, for one alone does not tell its spread.
// Source: Lundberg and Lee, "A unified approach to interpreting model predictions", NeurIPS 2017,
// theorem 2; the order and the pairs are those of their program (KernelExplainer).
CoalitionPlan plan_coalitions(std::int64_t players, std::int64_t budget, std::uint64_t seed);

}  // namespace backlight
