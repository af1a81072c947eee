// The food CNN as the methods see it: with its stages.
#pragma once

#include <memory>

#include "models/food_cnn.h"
#include "xai/model.h"

namespace backlight {

// A model that keeps the network alive.
inline Model model_of(const std::shared_ptr<FoodCnn>& network) {
  return {[network](const Var& x) { return (*network)(x); }, network->stages(),
          [network](const Var& features) { return network->head(features); }};
}

// A model that refers to the network.
inline Model model_of(FoodCnn& network) {
  return model_of(std::shared_ptr<FoodCnn>(std::shared_ptr<void>(), &network));
}

}  // namespace backlight
