// The named tensors of a model, as PyTorch stores them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// An ordered list of (PyTorch name, tensor) with lookup by name. Order, names and shapes are
// PyTorch's: a convolution's weight is [out, in, height, width], a linear layer's [out, in].
class StateDict {
 public:
  using Entry = std::pair<std::string, Tensor>;

  // Appends an entry. Errors: the name is taken.
  void add(std::string name, Tensor tensor);

  // The tensor of a name: null, or an Error that names it, when there is none.
  const Tensor* find(const std::string& name) const;
  const Tensor& at(const std::string& name) const;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
};

// Throws Error unless `actual` has exactly the names and shapes of `expected`, listing what is
// missing, unexpected and of another size in the words of PyTorch's load_state_dict. `model_name`
// is the class the message names.
void check_state_dict(const std::vector<std::pair<std::string, Shape>>& expected,
                      const StateDict& actual, const std::string& model_name);

}  // namespace backlight
