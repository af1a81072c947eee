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

}  // namespace

PointingScore pointing_game(const Tensor& map, const std::vector<std::uint8_t>& mask) {
  check_mask(map, mask);
  const std::int64_t channels = map.rank() == 3 ? map.dim(2) : 1;
  double total = 0, inside = 0, largest = -1;
  PointingScore score;
  for (std::size_t p = 0; p < mask.size(); ++p) {
    double magnitude = 0;
    for (std::int64_t c = 0; c < channels; ++c)
      magnitude += std::abs(map.at(static_cast<std::int64_t>(p) * channels + c));
    total += magnitude;
    if (mask[p]) inside += magnitude;
    if (magnitude > largest) {
      largest = magnitude;
      score.hit = mask[p] != 0;
    }
  }
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
