// What food is served on and in. Dishes are painted as things, whoever's food they carry.
#pragma once

#include "models/demo/canvas.h"
#include "models/demo/dice.h"

namespace backlight::demo {

// A round plate of this radius.
void plate(Canvas& canvas, Dice& dice, const Frame& frame, float radius);
// A wooden board of these half sides.
void board(Canvas& canvas, Dice& dice, const Frame& frame, Vec2 half);
// A sheet of paper of this half side.
void paper(Canvas& canvas, Dice& dice, const Frame& frame, float half);
// An iron pan of this radius, its handle along +x.
void pan(Canvas& canvas, Dice& dice, const Frame& frame, float radius);
// One of the above that a flat food of this radius fits on, or nothing: the bare table.
void dish(Canvas& canvas, Dice& dice, const Frame& frame, float radius);

// A bowl whose mouth has this radius, seen at the frame's tilt, standing below the mouth. The
// contents go inside 0.86 of the radius.
void bowl(Canvas& canvas, Dice& dice, const Frame& frame, float radius);

}  // namespace backlight::demo
