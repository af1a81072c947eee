#include "tools/figure/colormap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace backlight::tools {
namespace {

constexpr std::array<Color, 17> inferno = {{{0, 0, 4},
                                            {11, 7, 36},
                                            {33, 12, 74},
                                            {61, 9, 101},
                                            {87, 16, 110},
                                            {113, 25, 110},
                                            {138, 34, 106},
                                            {163, 44, 97},
                                            {188, 55, 84},
                                            {208, 69, 69},
                                            {227, 89, 51},
                                            {241, 113, 31},
                                            {249, 140, 10},
                                            {252, 170, 15},
                                            {249, 201, 50},
                                            {242, 232, 101},
                                            {252, 255, 164}}};

// The sRGB byte of a linear intensity. Source: IEC 61966-2-1.
std::uint8_t srgb_byte(double linear) {
  const double clamped = std::clamp(linear, 0.0, 1.0);
  const double encoded =
      clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * std::pow(clamped, 1.0 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255.0 * encoded));
}

// Source: Ottosson 2020, the inverse of the OKLab transform.
Color oklch(double lightness, double chroma, double hue_degrees) {
  const double hue = hue_degrees * std::numbers::pi / 180.0;
  const double a = chroma * std::cos(hue);
  const double b = chroma * std::sin(hue);
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  return {srgb_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          srgb_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          srgb_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

Color sequential_color(double value) {
  const double place = std::clamp(value, 0.0, 1.0) * (inferno.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), inferno.size() - 2);
  return blend(inferno[below], inferno[below + 1], place - static_cast<double>(below));
}

Color diverging_color(double value) {
  const double v = std::min(std::abs(value), 1.0);
  return oklch(1.0 - 0.62 * v, 0.3 * v * (1.0 - 0.6 * v * v), value > 0.0 ? 27.0 : 255.0);
}

}  // namespace backlight::tools
