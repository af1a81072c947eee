// The foods: one function a class, which draws one of its variants within the frame's unit disc
// (some stand on a dish that reaches a little beyond), and the morsels that may lie about.
#pragma once

#include "models/demo/canvas.h"
#include "models/demo/dice.h"

namespace backlight::demo {

void bread(Canvas& canvas, Dice& dice, const Frame& frame);
void dairy(Canvas& canvas, Dice& dice, const Frame& frame);
void dessert(Canvas& canvas, Dice& dice, const Frame& frame);
void egg(Canvas& canvas, Dice& dice, const Frame& frame);
void fried_food(Canvas& canvas, Dice& dice, const Frame& frame);
void meat(Canvas& canvas, Dice& dice, const Frame& frame);
void noodles(Canvas& canvas, Dice& dice, const Frame& frame);
void rice(Canvas& canvas, Dice& dice, const Frame& frame);
void seafood(Canvas& canvas, Dice& dice, const Frame& frame);
void soup(Canvas& canvas, Dice& dice, const Frame& frame);
void vegetable_or_fruit(Canvas& canvas, Dice& dice, const Frame& frame);

// Draws the food of a class, 0..10 in the order of kFoodClasses.
void draw_food(int label, Canvas& canvas, Dice& dice, const Frame& frame);

// Single pieces, each within the frame's unit disc, that foods are made of and that lie about as
// distractors.
void crouton(Canvas& canvas, Dice& dice, const Frame& frame);
void cheese_cube(Canvas& canvas, Dice& dice, const Frame& frame);
void cookie(Canvas& canvas, Dice& dice, const Frame& frame);
void boiled_half(Canvas& canvas, Dice& dice, const Frame& frame);
void nugget(Canvas& canvas, Dice& dice, const Frame& frame);
void sausage(Canvas& canvas, Dice& dice, const Frame& frame);
void penne(Canvas& canvas, Dice& dice, const Frame& frame);
void shrimp(Canvas& canvas, Dice& dice, const Frame& frame);
void citrus_slice(Canvas& canvas, Dice& dice, const Frame& frame);
void small_tomato(Canvas& canvas, Dice& dice, const Frame& frame);
void leaf(Canvas& canvas, Dice& dice, const Frame& frame);
void berry(Canvas& canvas, Dice& dice, const Frame& frame);

}  // namespace backlight::demo
