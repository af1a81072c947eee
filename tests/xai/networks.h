// Small networks written as plain functions of Vars, with PyTorch's values to compare with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/weights/state_dict.h"
#include "xai/model.h"

namespace backlight::testing {

// A network and what tests/fixtures/autograd/<name>.safetensors says of it.
struct Network {
  std::map<std::string, Tensor> parameters;  // by PyTorch's names, in our order, float64
  Model model;
  StateDict reference;

  // A reference value brought into our order, as the parameter `name` is.
  Tensor in_our_order(const std::string& name, const Tensor& torch) const;
  std::map<std::string, Shape> flattened = {};  // [H,W,C] of what a linear layer takes flattened
};

// "residual", "reused", "functional" or "smooth". The parameters are shared with the model, so
// that a recording can mark them as inputs.
Network network(const std::string& name);

}  // namespace backlight::testing
