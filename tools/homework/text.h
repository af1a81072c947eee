// What the homework says in two languages: English, and Chinese in traditional characters.
#pragma once

#include <string>
#include <vector>

#include "tools/figure/canvas.h"

namespace backlight::tools {

struct Text {
  std::string en, zh;
};
Text operator+(const Text& a, const Text& b);
// The same in both: a number, a file's name.
Text same_in_both(const std::string& text);
// One of two, by what was measured.
Text choose(bool condition, const Text& yes, const Text& no);

// The name of a class of food in both languages; any other name stays as it is.
Text class_text(const std::string& name);

// "photo 3", 「第 3 張照片」
Text photo_text(std::size_t number);
// The photos of these numbers as a list: "photos 1, 4 and 7".
Text photos_text(const std::vector<std::size_t>& numbers);

// Where a place in [0, 1] x [0, 1] lies, by thirds: "in the upper left", 「左上方」.
Text place_text(double x, double y);

// What people call a colour: "red", 「紅色」. By hue, saturation and value; the bounds are a
// judgement.
Text color_text(Color color);

}  // namespace backlight::tools
