#include "models/demo/foods.h"

#include <array>

#include "models/food_classes.h"

namespace backlight::demo {

void draw_food(int label, Canvas& canvas, Dice& dice, const Frame& frame) {
  using Draw = void (*)(Canvas&, Dice&, const Frame&);
  static constexpr std::array<Draw, kFoodClassCount> kDraw = {
      bread,   dairy, dessert, egg,  fried_food,        meat,
      noodles, rice,  seafood, soup, vegetable_or_fruit};
  kDraw[static_cast<std::size_t>(label)](canvas, dice, frame);
}

}  // namespace backlight::demo
