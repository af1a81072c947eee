// The food CNN as the parameter-randomisation test wants it.
#pragma once

#include "models/food_cnn.h"
#include "xai/metrics/randomisation.h"

namespace backlight {

// The network's layers with a weight, from the output to the input; the batch norms and slopes
// behind a layer are part of it. A layer that is drawn anew is as FoodCnn::initialise(seed) makes
// it. The network itself stays as it is, and its parameters are shared, not copied.
RandomisableModel randomisable(FoodCnn& network, std::uint64_t seed);

}  // namespace backlight
