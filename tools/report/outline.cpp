#include "tools/report/outline.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

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
  const std::int64_t width = map.dim(1);
  const std::int64_t channels = map.rank() == 3 ? map.dim(2) : 1;
  std::vector<double> magnitudes(static_cast<std::size_t>(map.dim(0) * width));
  for (std::int64_t i = 0; i < map.numel(); ++i)
    magnitudes[static_cast<std::size_t>(i / channels)] += std::abs(map.at(i));
  const auto [least, largest] = std::minmax_element(magnitudes.begin(), magnitudes.end());
  if (least == magnitudes.end() || *least == *largest) return std::nullopt;
  // minmax_element finds the last of equal maxima.
  const auto place = std::find(magnitudes.begin(), magnitudes.end(), *largest) - magnitudes.begin();
  return Place{static_cast<int>(place % width), static_cast<int>(place / width)};
}

}  // namespace backlight::tools
