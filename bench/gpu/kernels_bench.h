// The convolutions and matrix products of the food CNN, ours beside the libraries'.
#pragma once

#include <vector>

#include "bench/gpu/ceilings.h"
#include "models/food_cnn.h"

namespace backlight::bench {

// Every convolution of the network (those of equal shape once), each forward with bias, as the
// network's block (with ReLU, its bits, and pooling where it follows), data and weight gradient.
// Whether all were computed and agree.
bool compare_convolutions(FoodCnn& network, std::int64_t batch,
                          const std::vector<kernels::Precision>& precisions,
                          const Ceilings& ceilings, Table& table);

// The classifier's matrix products, forward and backward, and square ones.
bool compare_gemms(FoodCnn& network, std::int64_t batch,
                   const std::vector<kernels::Precision>& precisions, const Ceilings& ceilings,
                   Table& table);

}  // namespace backlight::bench
