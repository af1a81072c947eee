#include "models/demo/scene.h"

#include <algorithm>
#include <array>
#include <optional>

#include "models/demo/foods.h"
#include "models/demo/noise.h"
#include "models/demo/table.h"
#include "tensor/error.h"

namespace backlight {
namespace {

using namespace demo;

struct Morsel {
  int label;
  void (*draw)(Canvas&, Dice&, const Frame&);
};

// The morsels, with the class that each belongs to (its index in kFoodClasses).
constexpr std::array kMorsels = {
    Morsel{0, crouton},       Morsel{1, cheese_cube},   Morsel{2, cookie}, Morsel{3, boiled_half},
    Morsel{4, nugget},        Morsel{5, sausage},       Morsel{6, penne},  Morsel{8, shrimp},
    Morsel{10, citrus_slice}, Morsel{10, small_tomato}, Morsel{10, leaf},  Morsel{10, berry}};

Light lamp(Dice& dice) {
  const Vec2 towards = direction(0.75f + dice.spread(0.17f));  // from above in the picture
  const float z = dice.between(0.55f, 0.8f);
  const float flat = std::sqrt(1 - z * z);
  const float warmth = dice.spread(0.2f), power = dice.between(0.7f, 1.2f);
  return {towards.x * flat, towards.y * flat, z, Color{1 + warmth, 1, 1 - 1.2f * warmth} * power,
          dice.between(0.3f, 0.5f)};
}

// A place for something of this radius that stays clear of the food, if one is found in a few
// throws.
std::optional<Vec2> free_place(Dice& dice, float radius, Vec2 food, float food_radius) {
  for (int throws = 0; throws < 12; ++throws) {
    const Vec2 place = {dice.between(0, 1), dice.between(0, 1)};
    if (length(place - food) > food_radius + radius) return place;
  }
  return std::nullopt;
}

// Light that falls off across the picture and towards its corners, and the grain of the sensor.
void expose(Canvas& canvas, Dice& dice) {
  const Vec2 downhill = direction(dice.turn());
  const Vec2 fall = downhill * dice.between(0, 0.5f);
  const float vignette = dice.between(0, 0.5f), grain = dice.between(0, 0.07f);
  const std::uint32_t salt = dice.salt();
  const auto size = static_cast<float>(canvas.size());
  canvas.relight([&](Vec2 p) {
    const Vec2 q = p - Vec2{0.5f, 0.5f};
    const float speck =
        lattice_value(static_cast<int>(p.x * size), static_cast<int>(p.y * size), salt) - 0.5f;
    return (1 + dot(q, fall)) * (1 - vignette * dot(q, q)) * (1 + grain * speck);
  });
}

// One attempt at a scene.
Scene compose(int label, Dice& dice, int size) {
  Canvas canvas(size, lamp(dice));
  table(canvas, dice);

  const float radius = dice.between(0.18f, 0.35f);
  const float edge = 0.75f * radius;  // a food may be cut a little by the picture's edge
  const Vec2 food = {dice.between(edge, 1 - edge), dice.between(edge, 1 - edge)};
  const float tilt = dice.between(0.62f, 1);
  const Frame frame({food, dice.turn(), radius}, tilt);

  const int things = dice.whole(1, 4);
  for (int i = 0; i < things; ++i) {
    const float reach = dice.between(0.09f, 0.24f);
    const float turn = dice.turn();
    const auto place = free_place(dice, reach, food, radius * 1.15f);
    if (place) thing(canvas, dice, Frame({*place, turn, reach}, tilt));
  }
  const int pieces = dice.below(3);
  for (int i = 0; i < pieces; ++i) {
    const float reach = dice.between(0.25f, 0.4f);
    const float turn = dice.turn();
    const auto place = free_place(dice, 0.1f, food, radius * 1.2f);
    if (place) cutlery(canvas, dice, Frame({*place, turn, reach}, tilt));
  }

  canvas.paint_as(Owner::kFood);
  draw_food(label, canvas, dice, frame);

  canvas.paint_as(Owner::kOther);
  const int morsels = dice.below(3);
  for (int i = 0; i < morsels; ++i) {
    const Morsel& morsel = kMorsels[static_cast<std::size_t>(dice.below(kMorsels.size()))];
    const float reach = radius * dice.between(0.2f, 0.34f);
    const float turn = dice.turn();
    const auto place = free_place(dice, reach, food, radius * 0.9f);
    if (place && morsel.label != label) {
      morsel.draw(canvas, dice, Frame({*place, turn, reach}, tilt));
    }
  }
  expose(canvas, dice);
  return {Image{size, size, canvas.encode()}, canvas.mask(Owner::kFood), canvas.mask(Owner::kOther),
          label};
}

// Whether the label is fair: see the rule in the header.
bool is_fair(const Scene& scene) {
  const auto area = [&](const std::vector<std::uint8_t>& mask) {
    return static_cast<double>(std::count(mask.begin(), mask.end(), 1)) /
           static_cast<double>(mask.size());
  };
  const double food = area(scene.mask);
  return food >= 0.04 && food <= 0.6 && area(scene.distractor) <= 0.4 * food;
}

}  // namespace

Scene render_scene(int label, std::uint64_t seed, int size) {
  require(label >= 0 && label < kFoodClassCount, "there is no food class ", label,
          ": give a label from 0 to ", kFoodClassCount - 1);
  require(size >= 16 && size <= 2048, "a scene of ", size,
          " pixels a side cannot be drawn: give a "
          "size from 16 to 2048");
  for (std::uint64_t attempt = 0;; ++attempt) {
    // A stream of random numbers of its own for each class and attempt.
    Dice dice(seed, attempt * 16 + static_cast<std::uint64_t>(label));
    Scene scene = compose(label, dice, size);
    if (is_fair(scene)) return scene;
  }
}

}  // namespace backlight
