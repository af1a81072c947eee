#include "xai/pointing_game.h"

#include <algorithm>
#include <cmath>

namespace backlight {
namespace {

void check_mask(const Tensor& map, const std::vector<std::uint8_t>& mask) {
  require(map.rank() == 2 || map.rank() == 3,
          "the pointing game wants a map [H,W] or [H,W,C], "
          "not ",
          map.shape());
  require(static_cast<std::int64_t>(mask.size()) == map.dim(0) * map.dim(1), "a mask of ",
          mask.size(), " pixels does not fit a map of ", map.shape());
}

// Of each pixel, over its channels.
std::vector<double> magnitudes_of(const Tensor& map) {
  const std::int64_t channels = map.rank() == 3 ? map.dim(2) : 1;
  std::vector<double> magnitudes(static_cast<std::size_t>(map.dim(0) * map.dim(1)));
  for (std::int64_t i = 0; i < map.numel(); ++i)
    magnitudes[static_cast<std::size_t>(i / channels)] += std::abs(map.at(i));
  return magnitudes;
}

}  // namespace

std::optional<std::int64_t> pointed_at(const Tensor& map) {
  const std::vector<double> magnitudes = magnitudes_of(map);
  const auto [least, largest] = std::minmax_element(magnitudes.begin(), magnitudes.end());
  if (least == magnitudes.end() || *least == *largest) return std::nullopt;
  const auto width = static_cast<std::size_t>(map.dim(1));
  std::vector<std::size_t> maxima;
  double middle_x = 0, middle_y = 0;
  for (std::size_t p = 0; p < magnitudes.size(); ++p) {
    if (magnitudes[p] != *largest) continue;
    maxima.push_back(p);
    middle_x += static_cast<double>(p % width);
    middle_y += static_cast<double>(p / width);
  }
  const auto count = static_cast<double>(maxima.size());
  const auto distance = [&](std::size_t p) {
    return std::hypot(static_cast<double>(p % width) - middle_x / count,
                      static_cast<double>(p / width) - middle_y / count);
  };
  return static_cast<std::int64_t>(
      *std::min_element(maxima.begin(), maxima.end(),
                        [&](std::size_t a, std::size_t b) { return distance(a) < distance(b); }));
}

PointingScore pointing_game(const Tensor& map, const std::vector<std::uint8_t>& mask) {
  check_mask(map, mask);
  const std::vector<double> magnitudes = magnitudes_of(map);
  double total = 0, inside = 0;
  for (std::size_t p = 0; p < mask.size(); ++p) {
    total += magnitudes[p];
    if (mask[p]) inside += magnitudes[p];
  }
  const std::optional<std::int64_t> place = pointed_at(map);
  PointingScore score;
  score.hit = place && mask[static_cast<std::size_t>(*place)] != 0;
  score.inside = total > 0 ? inside / total : 0;
  return score;
}

bool centre_hit(const Tensor& picture, const std::vector<std::uint8_t>& mask) {
  check_mask(picture, mask);
  return mask[static_cast<std::size_t>(picture.dim(0) / 2 * picture.dim(1) + picture.dim(1) / 2)];
}

bool colourful_hit(const Tensor& picture, const std::vector<std::uint8_t>& mask) {
  check_mask(picture, mask);
  constexpr std::int64_t kReach = 4;
  const std::int64_t height = picture.dim(0), width = picture.dim(1);
  require(picture.rank() == 3 && picture.dim(2) == 3, "a picture is [H,W,3], not ",
          picture.shape());
  const auto colour = [&](std::int64_t pixel) {
    const double r = picture.at(3 * pixel), g = picture.at(3 * pixel + 1);
    const double b = picture.at(3 * pixel + 2);
    return std::max({r, g, b}) - std::min({r, g, b});
  };
  double best = -1;
  std::int64_t spot = 0;
  for (std::int64_t y = kReach; y < height - kReach; ++y)
    for (std::int64_t x = kReach; x < width - kReach; ++x) {
      double sum = 0;
      for (std::int64_t dy = -kReach; dy <= kReach; ++dy)
        for (std::int64_t dx = -kReach; dx <= kReach; ++dx)
          sum += colour((y + dy) * width + x + dx);
      if (sum > best) {
        best = sum;
        spot = y * width + x;
      }
    }
  return mask[static_cast<std::size_t>(spot)];
}

}  // namespace backlight
