// Which layers and filters a command line asks for.
#pragma once

#include <string>
#include <vector>

#include "models/food_cnn.h"

namespace backlight::tools {

struct LayerSelection {
  LayerInfo layer;
  std::int64_t count = 0;             // of its filters, or units
  std::vector<std::int64_t> filters;  // those asked for, each once, in the order asked
};

// The layers of these names, each once, with the filters of `list`: numbers and ranges separated
// by commas ("0,4,8-15"), or "all". Errors: an unknown layer, whose message says which are near; a
// list that is none; a filter that a layer does not have.
std::vector<LayerSelection> select_filters(FoodCnn& model, const std::vector<std::string>& layers,
                                           const std::string& list);

}  // namespace backlight::tools
