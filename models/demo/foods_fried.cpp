// Fried food: chips, nuggets, onion rings.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// One chip: a square rod of potato, browned at its ends and edges.
void chip(Canvas& canvas, Dice& dice, const Frame& frame, Color potato) {
  const Color brown = potato * 0.45f;
  const Color own = potato * dice.between(0.85f, 1.12f);
  const std::uint32_t salt = dice.salt();
  const float half = dice.between(0.1f, 0.13f);
  canvas.draw(
      frame, {1, 0.2f}, 0.1f,
      [&](Vec2 p) {
        return box(p, {0.98f, half}, 0.035f);
      },
      [&](Vec2 p, float d) {
        const float baked = fractal({p.x * 3, p.y * 8}, 2, salt);
        const float end = smoothstep(0.75f, 1.05f, std::abs(p.x));
        const float edge = smoothstep(-0.06f, 0.01f, d);
        const Color color = mix(own, brown, saturate(0.55f * end + 0.3f * edge + baked - 0.6f));
        return Surface{bevel(d, 0.05f, 0.06f) + 0.02f * baked, color, 0.25f};
      });
}

void chips(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color potato = dice.chance(0.6f) ? dice.color(kYellow) : dice.color(kCrust);
  const Color golden = mix(potato, rgb(0xE8B84A), 0.5f);
  if (dice.chance(0.5f)) {  // standing in a carton
    const Frame front = frame.upright(dice.spread(0.05f));
    const Color carton = dice.chance(0.7f) ? dice.color(kBright) : dice.color(kCrockery);
    const int count = dice.whole(16, 22);
    for (int i = 0; i < count; ++i) {
      const float row = i < count / 2 ? 0.0f : 0.16f;
      const Vec2 place = {dice.spread(0.55f), row + dice.between(-0.42f, -0.2f)};
      chip(canvas, dice, front.at({place, 0.25f + dice.spread(0.05f) + 0.06f * place.x, 0.55f}),
           golden);
    }
    const Owner owner = canvas.paint_as(Owner::kThing);
    const bool striped = dice.chance(0.4f);
    canvas.draw(
        front, {1, 1.05f}, 0.14f,
        [](Vec2 p) {
          const float body = convex(p, {{-0.72f, -0.1f}, {0.72f, -0.1f}, {0.52f, 1}, {-0.52f, 1}});
          return std::max(body, -ellipse({p.x, p.y + 0.12f}, {0.66f, 0.22f}));
        },
        [&](Vec2 p, float d) {
          const bool stripe = striped && sine(p.x * 3.4f) > 0.2f;
          return Surface{bevel(d, 0.05f, 0.03f), stripe ? rgb(0xF8F4EC) : carton, 0.15f};
        });
    canvas.paint_as(owner);
    return;
  }
  dish(canvas, dice, frame, 0.95f);
  const int count = dice.whole(22, 34);
  for (int i = 0; i < count; ++i) {
    const float reach = 0.62f - 0.35f * static_cast<float>(i) / static_cast<float>(count);
    chip(canvas, dice, frame.at({dice.in_disc(reach), dice.turn(), dice.between(0.38f, 0.56f)}),
         golden);
  }
}

// A crust of crumbs, pale where they stand out: the surface nuggets and rings share.
Surface breaded(Color golden, Vec2 p, float relief, std::uint32_t salt) {
  const Cell crumb = cell(p * 11, salt);
  const float crag = 1 - saturate(crumb.distance * 1.3f);
  const float patch = fractal(p * 2.5f, 2, salt + 3);
  const float own = static_cast<float>(crumb.id >> 4 & 255) / 255;
  const Color color =
      mix(golden * 1.2f, golden * 0.5f, saturate(0.9f * patch + 0.4f * own - 0.5f * crag));
  return {relief + 0.035f * crag + 0.05f * patch, color, 0.12f};
}

void nuggets(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const int count = dice.whole(4, 7);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count - 1);
    const Vec2 place = i == count - 1 ? dice.in_disc(0.12f) : direction(turn) * 0.56f;
    nugget(canvas, dice, frame.at({place, dice.turn(), dice.between(0.36f, 0.46f)}));
  }
}

void onion_rings(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const float gold = dice.between(0.2f, 0.8f);
  const Color golden = mix(dice.color(kCrust), rgb(0xF0B850), gold);
  const int count = dice.whole(4, 6);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) * 0.382f;
    const float size = dice.between(0.44f, 0.58f);
    const float squeeze = dice.between(0.75f, 1.0f);
    const std::uint32_t salt = dice.salt();
    const Frame ring = frame.at({direction(turn) * 0.45f, dice.turn(), size});
    canvas.draw(
        ring, {1, 1}, 0.16f,
        [&](Vec2 p) {
          const float lumps = 0.08f * noise(p * 5, salt + 1);
          return std::abs(ellipse(p, {0.7f, 0.7f * squeeze})) - 0.27f + lumps;
        },
        [&](Vec2 p, float d) { return breaded(golden, p * 0.9f, bevel(d, 0.16f, 0.2f), salt); });
  }
}

}  // namespace

void nugget(Canvas& canvas, Dice& dice, const Frame& frame) {
  const float gold = dice.between(0.1f, 0.6f);
  const Color golden = mix(dice.color(kCrust), rgb(0xECAE4C), gold);
  const std::uint32_t salt = dice.salt();
  const float squeeze = dice.between(0.65f, 0.85f);
  canvas.draw(
      frame, {1.1f, 1.1f}, 0.35f,
      [&](Vec2 p) {
        return ellipse(p, {0.98f, squeeze}) + 0.22f * (noise(p * 1.8f, salt) - 0.5f) +
               0.08f * (noise(p * 7, salt + 1) - 0.5f);
      },
      [&](Vec2 p, float d) { return breaded(golden, p * 0.62f, bevel(d, 0.6f, 0.42f), salt); });
}

void fried_food(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(3)) {
    case 0: return chips(canvas, dice, frame);
    case 1: return nuggets(canvas, dice, frame);
    default: return onion_rings(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
