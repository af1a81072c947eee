#include "tools/figure/canvas.h"

#include <algorithm>
#include <cmath>

namespace backlight::tools {
namespace {

// The part of the box that lies on the picture.
Box clipped(const Image& image, const Box& box) {
  const int left = std::clamp(box.x, 0, image.width);
  const int top = std::clamp(box.y, 0, image.height);
  const int right = std::clamp(box.x + box.width, left, image.width);
  const int bottom = std::clamp(box.y + box.height, top, image.height);
  return {left, top, right - left, bottom - top};
}

}  // namespace

Color blend(Color from, Color to, double share) {
  const auto mix = [share](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + share * (b - a)));
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

Color color_at(const Image& image, int x, int y) {
  const std::uint8_t* pixel = image.pixel(x, y);
  return {pixel[0], pixel[1], pixel[2]};
}

void set_color(Image& image, int x, int y, Color color) {
  std::uint8_t* pixel = image.pixel(x, y);
  pixel[0] = color.red;
  pixel[1] = color.green;
  pixel[2] = color.blue;
}

void fill(Image& image, const Box& box, Color color) {
  const Box inside = clipped(image, box);
  for (int y = inside.y; y < inside.y + inside.height; ++y)
    for (int x = inside.x; x < inside.x + inside.width; ++x) set_color(image, x, y, color);
}

void outline(Image& image, const Box& box, Color color) {
  fill(image, {box.x - 1, box.y - 1, box.width + 2, 1}, color);
  fill(image, {box.x - 1, box.y + box.height, box.width + 2, 1}, color);
  fill(image, {box.x - 1, box.y, 1, box.height}, color);
  fill(image, {box.x + box.width, box.y, 1, box.height}, color);
}

void paste(Image& image, const Image& part, int x, int y) {
  const Box inside = clipped(image, {x, y, part.width, part.height});
  for (int row = inside.y; row < inside.y + inside.height; ++row)
    std::copy_n(part.pixel(inside.x - x, row - y), 3 * inside.width, image.pixel(inside.x, row));
}

}  // namespace backlight::tools
