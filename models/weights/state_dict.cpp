#include "models/weights/state_dict.h"

namespace backlight {
namespace {

// Appends "name" to a list that PyTorch writes as: "a", "b".
void append_quoted(std::string& list, const std::string& name) {
  list += (list.empty() ? "\"" : ", \"") + name + "\"";
}

}  // namespace

void StateDict::add(std::string name, Tensor tensor) {
  const bool fresh = index_.emplace(name, entries_.size()).second;
  require(fresh, "there are two weights named ", name);
  entries_.emplace_back(std::move(name), std::move(tensor));
}

const Tensor* StateDict::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second].second;
}

const Tensor& StateDict::at(const std::string& name) const {
  const Tensor* const tensor = find(name);
  require(tensor != nullptr, "there is no weight named ", name);
  return *tensor;
}

void check_state_dict(const std::vector<std::pair<std::string, Shape>>& expected,
                      const StateDict& actual, const std::string& model_name) {
  std::string missing, unexpected, sizes;
  std::unordered_map<std::string, const Shape*> known;
  for (const auto& [name, shape] : expected) {
    known.emplace(name, &shape);
    const Tensor* const tensor = actual.find(name);
    if (!tensor) {
      append_quoted(missing, name);
    } else if (!(tensor->shape() == shape)) {
      sizes += str("\n\tsize mismatch for ", name, ": copying a param with shape torch.Size(",
                   tensor->shape(), ") from checkpoint, the shape in current model is torch.Size(",
                   shape, ").");
    }
  }
  for (const auto& [name, tensor] : actual)
    if (!known.contains(name)) append_quoted(unexpected, name);
  if (missing.empty() && unexpected.empty() && sizes.empty()) return;
  std::string message = "Error(s) in loading state_dict for " + model_name + ":";
  if (!missing.empty()) message += "\n\tMissing key(s) in state_dict: " + missing + ". ";
  if (!unexpected.empty()) message += "\n\tUnexpected key(s) in state_dict: " + unexpected + ". ";
  throw Error(message + sizes);
}

}  // namespace backlight
