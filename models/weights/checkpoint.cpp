#include "models/weights/checkpoint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <unordered_set>

#include "models/weights/elements.h"
#include "models/weights/torch_tensor.h"
#include "tensor/error.h"

namespace backlight {
namespace {

using pickle::Dict;
using pickle::Value;

constexpr int kDeepest = 8;  // keys from the top to a state dict

// From the most to the least telling.
constexpr std::array<std::string_view, 11> kUsualKeys = {"model_state_dict",
                                                         "state_dict",
                                                         "model_state",
                                                         "model_weights",
                                                         "model",
                                                         "net_state_dict",
                                                         "net",
                                                         "network",
                                                         "weights",
                                                         "params",
                                                         "module"};

// Keys under which training keeps tensors that are not weights.
bool is_about_training(std::string_view key) {
  std::string lower(key);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view part : {"optim", "sched", "scaler"})
    if (lower.find(part) != std::string::npos) return true;
  return lower.ends_with("_extra_state");
}

class Search {
 public:
  explicit Search(const std::string& file) : file_(file) {}

  // Collects the dicts with tensors under `value`; whether there was any.
  bool visit(const Value& value, const std::string& path, int depth) {
    const Dict* const dict = value.as<Dict>();
    if (!dict || depth > kDeepest || !seen_.insert(dict).second) return false;
    FoundStateDict found{path, {}};
    bool found_within = false;
    for (const auto& [key, item] : dict->items) {
      const auto* const name = key->as<std::string>();
      if (!name) continue;
      if (is_tensor(*item)) {
        found.tensors.emplace_back(*name, item);
      } else if (!is_about_training(*name)) {
        found_within |= visit(*item, path.empty() ? *name : path + "." + *name, depth + 1);
      }
    }
    // Tensors beside a state dict are records of training, such as the best loss.
    if (!found_within && !found.tensors.empty()) found_.push_back(std::move(found));
    return found_within || !found.tensors.empty();
  }

  FoundStateDict choose() {
    require(!found_.empty(), file_,
            " holds no state dict; save one with torch.save(model.state_dict(), path)");
    if (found_.size() == 1) return std::move(found_[0]);
    for (const std::string_view key : kUsualKeys)
      for (FoundStateDict& found : found_)
        if (found.path.substr(found.path.rfind('.') + 1) == key) return std::move(found);
    std::string paths;
    for (const FoundStateDict& found : found_)
      paths += (paths.empty() ? "" : ", ") + (found.path.empty() ? "the top" : found.path);
    fail(file_, " holds several sets of weights (", printable(paths),
         "); save the one to use by itself");
  }

 private:
  const std::string& file_;
  std::unordered_set<const Dict*> seen_;
  std::vector<FoundStateDict> found_;
};

}  // namespace

FoundStateDict find_state_dict(const Value& root, const std::string& file) {
  require(
      !is_tensor(root), file,
      " holds a single tensor; save a model's weights with torch.save(model.state_dict(), path)");
  const auto* const object = root.as<pickle::Object>();
  require(!object, file, " holds a whole pickled model (",
          printable(object ? object->callable->name : ""),
          "); save its weights alone with torch.save(model.state_dict(), path)");
  Search search(file);
  search.visit(root, "", 0);
  return search.choose();
}

}  // namespace backlight
