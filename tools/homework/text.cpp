#include "tools/homework/text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/food_classes.h"
#include "tensor/error.h"

namespace backlight::tools {
namespace {

constexpr std::array<const char*, kFoodClasses.size()> kClassesInChinese{
    "麵包", "乳製品", "甜點", "蛋", "油炸食物", "肉類", "麵食", "米飯", "海鮮", "湯", "蔬菜水果"};

const Text kPlaces[3][3] = {
    {{"in the upper left", "左上方"}, {"at the top", "上方"}, {"in the upper right", "右上方"}},
    {{"on the left", "左側"}, {"in the middle", "中央"}, {"on the right", "右側"}},
    {{"in the lower left", "左下方"}, {"at the bottom", "下方"}, {"in the lower right", "右下方"}}};

int third_of(double place) { return std::clamp(static_cast<int>(3 * place), 0, 2); }

// The hue of a colour that has one, in degrees from red.
double hue_of(double red, double green, double blue, double largest, double range) {
  if (largest == red) return 60 * std::fmod((green - blue) / range + 6, 6);
  if (largest == green) return 60 * ((blue - red) / range + 2);
  return 60 * ((red - green) / range + 4);
}

}  // namespace

Text operator+(const Text& a, const Text& b) { return {a.en + b.en, a.zh + b.zh}; }

Text same_in_both(const std::string& text) { return {text, text}; }

Text choose(bool condition, const Text& yes, const Text& no) { return condition ? yes : no; }

Text class_text(const std::string& name) {
  const auto found = std::find(kFoodClasses.begin(), kFoodClasses.end(), name);
  if (found == kFoodClasses.end()) return same_in_both(name);
  return {name, kClassesInChinese[static_cast<std::size_t>(found - kFoodClasses.begin())]};
}

Text photo_text(std::size_t number) {
  return {str("photo ", number), str("第 ", number, " 張照片")};
}

Text photos_text(const std::vector<std::size_t>& numbers) {
  if (numbers.size() == 1) return photo_text(numbers.front());
  Text list{"photos ", "第 "};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) list = list + (i + 1 == numbers.size() ? Text{" and ", "、"} : Text{", ", "、"});
    list = list + same_in_both(str(numbers[i]));
  }
  return list + Text{"", " 張照片"};
}

Text place_text(double x, double y) { return kPlaces[third_of(y)][third_of(x)]; }

Text color_text(Color color) {
  const double red = color.red / 255.0, green = color.green / 255.0, blue = color.blue / 255.0;
  const double value = std::max({red, green, blue});
  const double range = value - std::min({red, green, blue});
  const double saturation = value > 0 ? range / value : 0;
  if (value < 0.18) return {"black", "黑色"};
  if (saturation < 0.16) {
    if (value > 0.8) return {"white", "白色"};
    return {"grey", "灰色"};
  }
  const double hue = hue_of(red, green, blue, value, range);
  if (hue < 16 || hue >= 345)
    return choose(saturation < 0.45 && value > 0.7, {"pink", "粉紅色"}, {"red", "紅色"});
  if (hue < 45) {
    if (saturation < 0.4 && value > 0.7) return {"beige", "米色"};
    return choose(value < 0.75, {"brown", "棕色"}, {"orange", "橙色"});
  }
  if (hue < 70) return {"yellow", "黃色"};
  if (hue < 165) return {"green", "綠色"};
  if (hue < 195) return {"turquoise", "青色"};
  if (hue < 260) return {"blue", "藍色"};
  if (hue < 310) return {"purple", "紫色"};
  return {"pink", "粉紅色"};
}

}  // namespace backlight::tools
