// The table under the food, and the things that lie on it.
#pragma once

#include "models/demo/canvas.h"
#include "models/demo/dice.h"

namespace backlight::demo {

// Covers the picture with a table top: planks, marble, slate, linen, or a checked or striped cloth.
void table(Canvas& canvas, Dice& dice);

// Something that is no food, within the frame's unit disc: a napkin, a coaster, a cup, a glass, a
// flower, a telephone, an empty plate or bowl.
void thing(Canvas& canvas, Dice& dice, const Frame& frame);

// A fork, a knife, a spoon or chopsticks, along x from -1 to 1.
void cutlery(Canvas& canvas, Dice& dice, const Frame& frame);

}  // namespace backlight::demo
