// Going on with a folder that `explain` has filled in part.
#pragma once

#include <filesystem>
#include <optional>

#include "tools/methods.h"

namespace backlight::tools {

// The maps that an earlier run left in a folder and that this one would make again.
class FinishedMaps {
 public:
  FinishedMaps() = default;  // none
  // Reads result.json, where there is one. `options` are those of this run that shape its maps.
  // Errors: result.json cannot be read, or tells of other options; the message names the first.
  FinishedMaps(const std::filesystem::path& folder, const nlohmann::json& options);

  // The map of a method, if its files are whole and the network says of the photo, digit for digit,
  // what it said then: the same weights and the same photo.
  std::optional<MapResult> find(const ExplainedPhoto& photo, const Method& method,
                                Variant variant) const;

 private:
  std::filesystem::path folder_;
  nlohmann::json photos_ = nlohmann::json::array();
};

}  // namespace backlight::tools
