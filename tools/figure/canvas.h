// Colours and rectangles on a picture.
#pragma once

#include <cstdint>

#include "models/image/image.h"

namespace backlight::tools {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Color&) const = default;
};

inline constexpr Color white{255, 255, 255};
inline constexpr Color ink{26, 26, 26};          // titles
inline constexpr Color soft_ink{96, 96, 96};     // captions, ticks
inline constexpr Color hairline{176, 176, 176};  // frames

// The colour `share` of the way from `from` to `to`, channel by channel; 0 is `from`, 1 is `to`.
Color blend(Color from, Color to, double share);

// A rectangle of pixels: columns [x, x + width), rows [y, y + height).
struct Box {
  int x = 0, y = 0, width = 0, height = 0;
};

Color color_at(const Image& image, int x, int y);
void set_color(Image& image, int x, int y, Color color);

// Each of these leaves out what lies outside the picture.
void fill(Image& image, const Box& box, Color color);
// A line of one pixel around the outside of the box.
void outline(Image& image, const Box& box, Color color);
// `part` with its top left corner at (x, y).
void paste(Image& image, const Image& part, int x, int y);

}  // namespace backlight::tools
