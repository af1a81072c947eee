// Words on a picture: antialiased, kerned, in DejaVu Sans, which the program carries with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/figure/canvas.h"

namespace backlight::tools {

// Text is UTF-8; what is not becomes the replacement character, and a character that the font
// lacks a box. `size` is the height of a line in pixels, from the highest to the lowest stroke.

// How far the pen moves, in pixels.
double text_width(std::string_view text, double size);

enum class Align { left, center, right };

// Draws one line whose baseline is at row `baseline`, and which begins at, is centred on, or ends
// at column `x`. What lies outside the picture is left out.
void draw_text(Image& image, double x, double baseline, std::string_view text, double size,
               Color color, Align align = Align::left);

// The text itself where it is at most `width` wide, otherwise as much of it as fits, with an
// ellipsis.
std::string shortened(std::string_view text, double size, double width);

// The words of the text on as many lines as they need; a word wider than a line is shortened.
std::vector<std::string> wrapped(std::string_view text, double size, double width);

}  // namespace backlight::tools
