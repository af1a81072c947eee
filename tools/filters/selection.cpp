#include "tools/filters/selection.h"

#include <algorithm>

#include "tools/console/suggest.h"

namespace backlight::tools {
namespace {

constexpr std::size_t kMostDigits = 9;

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= kMostDigits &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

// A name that may have been meant. The course counts the layers of `cnn`: "15" is "cnn.15".
std::string hint_for(const std::string& given, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), "cnn." + given);
  return found != names.end() ? ", did you mean '" + *found + "'?" : did_you_mean(given, names);
}

LayerInfo find_layer(const std::vector<LayerInfo>& layers, const std::string& name) {
  std::vector<std::string> names;
  for (const LayerInfo& layer : layers) {
    if (layer.name == name) return layer;
    names.push_back(layer.name);
  }
  const std::string hint = hint_for(name, names);
  fail("--layer: there is no layer '", name, "'",
       hint.empty() ? str("; there are '", names.front(), "' to '", names.back(),
                          "', which backlight inspect lists")
                    : hint);
}

// The pieces of a list between commas.
std::vector<std::string> pieces_of(const std::string& list) {
  std::vector<std::string> pieces(1);
  for (const char c : list)
    if (c == ',')
      pieces.emplace_back();
    else
      pieces.back() += c;
  return pieces;
}

std::vector<std::int64_t> filters_of(const LayerInfo& layer, const std::string& list) {
  const std::int64_t count = layer.output[-1];
  std::vector<std::int64_t> filters;
  const auto add = [&](std::int64_t first, std::int64_t last) {
    require(last < count, "--filter: ", layer.name, " has the filters 0 to ", count - 1,
            ", so there is no filter ", last);
    for (std::int64_t f = first; f <= last; ++f)
      if (std::find(filters.begin(), filters.end(), f) == filters.end()) filters.push_back(f);
  };
  for (const std::string& piece : pieces_of(list)) {
    const std::size_t dash = piece.find('-');
    const std::string first = piece.substr(0, dash);
    const std::string last = dash == std::string::npos ? first : piece.substr(dash + 1);
    if (piece == "all") {
      add(0, count - 1);
      continue;
    }
    require(is_number(first) && is_number(last) && std::stoll(first) <= std::stoll(last),
            "--filter wants numbers and ranges such as 0,4,8-15, or all, not '", piece, "'");
    add(std::stoll(first), std::stoll(last));
  }
  return filters;
}

}  // namespace

std::vector<LayerSelection> select_filters(FoodCnn& model, const std::vector<std::string>& layers,
                                           const std::string& list) {
  const std::vector<LayerInfo> all = model.describe();
  std::vector<LayerSelection> selected;
  for (const std::string& name : layers) {
    const LayerInfo layer = find_layer(all, name);
    const bool again = std::any_of(selected.begin(), selected.end(), [&](const auto& other) {
      return other.layer.name == layer.name;
    });
    if (!again) selected.push_back({layer, layer.output[-1], filters_of(layer, list)});
  }
  return selected;
}

}  // namespace backlight::tools
