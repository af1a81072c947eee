// What is drawn over a map of a demo scene: where the food is, and where the map points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace backlight::tools {

// The border between the pixels that are 0 and those that are not (outside the picture all are 0)
// as the d of an SVG path in pixels: "M3 4h2" for each run along a row, "M3 4v1" down a column.
// Error: a mask of another size than width x height.
std::string outline_path(const std::vector<std::uint8_t>& mask, int width, int height);

struct Place {
  int x = 0, y = 0;
  bool operator==(const Place&) const = default;
};

// Where a map points (pointed_at, xai/pointing_game.h).
std::optional<Place> largest_place(const Tensor& map);

}  // namespace backlight::tools
