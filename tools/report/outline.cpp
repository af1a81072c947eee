#include "tools/report/outline.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "xai/pointing_game.h"

namespace backlight::tools {

std::string outline_path(const std::vector<std::uint8_t>& mask, int width, int height) {
  require(width >= 0 && height >= 0 &&
              mask.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
          "a mask of ", mask.size(), " pixels does not fit a photo of ", width, " x ", height);
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < height &&
           mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                static_cast<std::size_t>(x)] != 0;
  };
  std::string path;
  for (int y = 0; y <= height; ++y)
    for (int x = 0; x < width; ++x) {
      const int from = x;
      while (inside(x, y - 1) != inside(x, y)) ++x;
      if (x > from) path += str("M", from, " ", y, "h", x - from);
    }
  for (int x = 0; x <= width; ++x)
    for (int y = 0; y < height; ++y) {
      const int from = y;
      while (inside(x - 1, y) != inside(x, y)) ++y;
      if (y > from) path += str("M", x, " ", from, "v", y - from);
    }
  return path;
}

std::optional<Place> largest_place(const Tensor& map) {
  const std::optional<std::int64_t> pixel = pointed_at(map);
  if (!pixel) return std::nullopt;
  return Place{static_cast<int>(*pixel % map.dim(1)), static_cast<int>(*pixel / map.dim(1))};
}

}  // namespace backlight::tools
