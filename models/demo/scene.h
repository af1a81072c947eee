// Pictures of food drawn from parameters: the demo data, with its ground truth.
//
// A scene is a table with one food that gives the label and, around it, things that do not:
// cutlery, cups, napkins, checked cloths and up to two morsels of other foods (a slice of lemon,
// a crouton, a single shrimp). The rule that makes the label fair: it is the food that covers the
// most of the picture. It covers 4 to 60 % of it, and the morsels together cover at most 40 % of
// what it covers. What lies on the food as part of the meal (a leaf on the pasta, carrots in the
// soup) counts as the food; the dish that carries it does not. Where it lies, how large it is, its
// colours (classes share palettes), its dish, the table and the light are drawn at random.
#pragma once

#include <cstdint>
#include <vector>

#include "models/food_classes.h"
#include "models/image/image.h"

namespace backlight {

struct Scene {
  Image image;                           // size x size pixels
  std::vector<std::uint8_t> mask;        // size x size: 1 where the labelled food is visible
  std::vector<std::uint8_t> distractor;  // size x size: 1 where a morsel of another food is
  int label = 0;                         // index into kFoodClasses
};

// Draws the scene of a class that a seed stands for. The same arguments give the same bytes on
// every machine and from any thread. Errors: a label outside 0..10, a size outside 16..2048.
Scene render_scene(int label, std::uint64_t seed, int size = 128);

}  // namespace backlight
