#include "tools/figure/heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tensor/error.h"
#include "tools/figure/colormap.h"

namespace backlight::tools {
namespace {

constexpr double shown_fraction = 0.995;

// The smallest of the magnitudes that is at least as large as `shown_fraction` of them.
double display_limit(const std::vector<float>& values) {
  std::vector<float> magnitudes(values.size());
  std::transform(values.begin(), values.end(), magnitudes.begin(),
                 [](float value) { return std::abs(value); });
  const auto rank = static_cast<std::ptrdiff_t>(
      std::ceil(shown_fraction * static_cast<double>(magnitudes.size())));
  const auto place = magnitudes.begin() + rank - 1;
  std::nth_element(magnitudes.begin(), place, magnitudes.end());
  return *place;
}

// Source: ITU-R BT.601.
std::uint8_t luma(Color color) {
  return static_cast<std::uint8_t>(
      std::lround(0.299 * color.red + 0.587 * color.green + 0.114 * color.blue));
}

// The map at a place in [0, 1] x [0, 1], linear between the middles of its pixels.
double smooth_value(const HeatMap& map, double x, double y) {
  const double column = std::clamp(x * map.width - 0.5, 0.0, map.width - 1.0);
  const double row = std::clamp(y * map.height - 0.5, 0.0, map.height - 1.0);
  const int left = static_cast<int>(column), top = static_cast<int>(row);
  const int right = std::min(left + 1, map.width - 1), bottom = std::min(top + 1, map.height - 1);
  return std::lerp(
      std::lerp(double{map.value(left, top)}, double{map.value(right, top)}, column - left),
      std::lerp(double{map.value(left, bottom)}, double{map.value(right, bottom)}, column - left),
      row - top);
}

}  // namespace

double HeatMap::share(double value) const {
  return limit > 0 ? std::clamp(value / limit, -1.0, 1.0) : 0.0;
}

Color HeatMap::color(double value) const {
  return is_signed ? diverging_color(share(value)) : sequential_color(share(value));
}

HeatMap heat_map(const Tensor& map) {
  const Shape& shape = map.shape();
  const bool one_of_batch = shape.rank() == 4 && shape[0] == 1;
  require((shape.rank() == 2 || shape.rank() == 3 || one_of_batch) && shape.numel() > 0 &&
              shape.numel() <= 4 * max_pixels,
          "a map to draw is [height, width] or [height, width, channels], not ", shape);
  require(all_finite(map),
          "the map holds values that are not finite numbers, so it cannot be drawn");
  const std::int64_t height = shape[one_of_batch ? 1 : 0];
  const std::int64_t width = shape[one_of_batch ? 2 : 1];
  const std::int64_t channels = shape.numel() / (height * width);

  HeatMap out;
  out.width = static_cast<int>(width);
  out.height = static_cast<int>(height);
  out.values.resize(static_cast<std::size_t>(height * width));
  const Tensor dense = map.dense();
  const float* from = dense.data<float>();
  for (float& value : out.values) {
    double sum = 0;
    for (std::int64_t c = 0; c < channels; ++c) sum += *from++;
    value = static_cast<float>(sum);
  }
  const auto [least, most] = std::minmax_element(out.values.begin(), out.values.end());
  out.is_signed = *least < 0;
  out.is_constant = *least == *most;
  out.largest = std::max<double>(std::abs(*least), std::abs(*most));
  out.limit = display_limit(out.values);
  if (out.limit == 0) out.limit = out.largest;
  return out;
}

Image heat_picture(const HeatMap& map, int width, int height) {
  Image picture = Image::filled(width, height, 0, 0, 0);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto column = static_cast<int>(std::int64_t{x} * map.width / width);
      const auto row = static_cast<int>(std::int64_t{y} * map.height / height);
      set_color(picture, x, y, map.color(map.value(column, row)));
    }
  return picture;
}

Image overlay(const Image& photo, const HeatMap& map) {
  Image out = Image::filled(photo.width, photo.height, 0, 0, 0);
  for (int y = 0; y < photo.height; ++y)
    for (int x = 0; x < photo.width; ++x) {
      const Color pixel = color_at(photo, x, y);
      const std::uint8_t grey = luma(pixel);
      const double share =
          map.share(smooth_value(map, (x + 0.5) / photo.width, (y + 0.5) / photo.height));
      const double magnitude = std::abs(share);
      // Only the stronger colours of a scale stand out from grey.
      const double strong = 0.5 + 0.4 * magnitude;
      const Color color =
          map.is_signed ? diverging_color(std::copysign(strong, share)) : sequential_color(strong);
      set_color(out, x, y, blend({grey, grey, grey}, color, 0.9 * magnitude));
    }
  return out;
}

std::string number_label(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3g", value == 0 ? 0.0 : std::abs(value));
  std::string text = digits;
  if (const std::size_t e = text.find('e'); e != std::string::npos) {
    const std::string exponent = std::to_string(std::stoi(text.substr(e + 1)));
    text = text.substr(0, e) + "\u00B710";
    constexpr const char* superscript[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3", "\u2074",
                                           "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    for (const char c : exponent) text += c == '-' ? "\u207B" : superscript[c - '0'];
  }
  return value < 0 ? "\u2212" + text : text;
}

}  // namespace backlight::tools
