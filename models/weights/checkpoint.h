// Where in a checkpoint the weights are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/weights/pickle.h"

namespace backlight {

// The tensors of a state dict within a pickle, and the path of keys that leads there.
struct FoundStateDict {
  std::string path;  // such as "model_state_dict" or "generator.state_dict"; "" for the top
  std::vector<std::pair<std::string, const pickle::Value*>> tensors;
};

// Finds the state dict of a checkpoint: a dict of strings that holds tensors, found through dicts
// of strings. Optimizers, schedulers and gradient scalers are not searched. Of several, one whose
// last key is usual (model_state_dict, state_dict, model_state, model, net, network, weights, ...)
// is taken, in that order. Entries that are no tensors (numbers, strings) are left out.
// Errors, naming `file`: none is there; several are and no usual key tells which.
FoundStateDict find_state_dict(const pickle::Value& root, const std::string& file);

}  // namespace backlight
