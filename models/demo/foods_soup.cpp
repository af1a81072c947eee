// Soup: smooth with a swirl of cream, clear with vegetables, or in a pot with handles.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

constexpr float kMouth = 0.84f;  // radius of the liquid in a bowl of radius 1

Color soup_color(Dice& dice) {
  switch (dice.below(5)) {
    case 0:
    case 1: return dice.blend(kRed, kYellow, dice.between(0, 0.6f));
    case 2: return dice.blend(kGreen, kYellow, 0.25f);
    case 3: return dice.blend(kCrust, kDark, dice.between(0, 0.4f));
    default: return dice.blend(kCream, kYellow, 0.35f);
  }
}

// The liquid: flat, darker under the rim, with a curved glint where it climbs the wall.
void liquid(Canvas& canvas, Dice& dice, const Frame& frame, Color color) {
  const std::uint32_t salt = dice.salt();
  const float glint = dice.turn();
  canvas.draw(
      frame, {kMouth, kMouth}, 0, [](Vec2 p) { return circle(p, kMouth); },
      [&](Vec2 p, float d) {
        const float cloud = fractal(p * 2.5f, 2, salt);
        const float shade = mix(1.0f, 0.68f, smoothstep(-0.16f, 0.0f, d + 0.1f * p.y));
        const float aside = std::abs(sine(0.5f * (angle(p) - glint)));
        const float ring =
            smoothstep(0.03f, 0.0f, std::abs(d + 0.09f)) * smoothstep(0.42f, 0.1f, aside);
        const Color body = color * (shade * (0.86f + 0.28f * cloud));
        return Surface{0.02f * cloud, mix(body, rgb(0xFFFFFF), 0.55f * ring), 0.35f};
      });
}

// A spiral of cream.
void cream_swirl(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color cream = mix(dice.color(kCream), rgb(0xFFFFFF), 0.4f);
  const float turns = dice.between(1.5f, 2.5f), phase = dice.turn();
  const float side = dice.chance(0.5f) ? 1.0f : -1.0f;
  canvas.draw(
      frame, {0.6f, 0.6f}, 0,
      [&](Vec2 p) {
        const float r = length(p);
        const float arm = turns * (r / 0.52f) * 1.2f - side * angle(p) - phase;
        const float away = std::abs(arm - std::floor(arm) - 0.5f) * 0.36f / turns;
        return std::max(away - 0.055f * smoothstep(0.6f, 0.15f, r), r - 0.55f);
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.04f, 0.015f), cream, 0.25f, 0.92f};
      });
}

void oil_and_herbs(Canvas& canvas, Dice& dice, const Frame& frame, Color color) {
  const int drops = dice.whole(4, 12);
  for (int i = 0; i < drops; ++i) {
    const Frame drop = frame.at({dice.in_disc(0.7f), 0, dice.between(0.03f, 0.08f)});
    canvas.draw(
        drop, {1, 1}, 0, [](Vec2 p) { return circle(p, 1); },
        [&](Vec2 p, float) {
          return Surface{dome(p, 0.3f), color * 1.35f, 0.8f, 0.75f};
        });
  }
  const int herbs = dice.whole(4, 14);
  for (int i = 0; i < herbs; ++i) {
    const Frame place = frame.at({dice.in_disc(0.62f), dice.turn(), dice.between(0.04f, 0.08f)});
    const Color green = dice.color(kGreen);
    canvas.draw(
        place, {1, 1}, 0.15f,
        [](Vec2 p) {
          return box(p, {0.9f, 0.4f}, 0.25f);
        },
        [&](Vec2, float d) {
          return Surface{bevel(d, 0.3f, 0.2f), green, 0.3f};
        });
  }
}

// Half-sunk pieces: rounds of carrot, cubes of potato, croutons.
void pieces(Canvas& canvas, Dice& dice, const Frame& frame) {
  const int count = dice.whole(3, 8);
  for (int i = 0; i < count; ++i) {
    const Frame place = frame.at({dice.in_disc(0.58f), dice.turn(), dice.between(0.1f, 0.17f)});
    const bool round = dice.chance(0.5f);
    const Color color =
        round ? mix(dice.color(kRed), rgb(0xF08A2C), 0.75f) : dice.blend(kCream, kCrust, 0.4f);
    canvas.draw(
        place, {1, 1}, 0.2f,
        [&](Vec2 p) {
          return round ? circle(p, 0.9f) : box(p, {0.85f, 0.8f}, 0.15f);
        },
        [&](Vec2 p, float d) {
          const float core = round ? smoothstep(0.5f, 0.4f, length(p)) : 0.0f;
          return Surface{bevel(d, 0.25f, 0.2f), color * (1 + 0.2f * core), 0.3f};
        });
  }
}

void handles(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color glaze = dice.color(kBright);
  for (const float side : {-1.0f, 1.0f}) {
    canvas.draw(
        frame.at({{side * 1.02f, 0.05f}}), {0.3f, 0.3f}, 0.08f,
        [](Vec2 p) {
          return std::abs(ellipse(p, {0.18f, 0.2f})) - 0.06f;
        },
        [&](Vec2, float d) {
          return Surface{bevel(d, 0.06f, 0.06f), glaze, 0.5f};
        });
  }
  canvas.paint_as(owner);
}

void spoon_in(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color metal = dice.chance(0.6f) ? rgb(0xB9BDC2) : dice.color(kWood);
  const float turn = -0.125f + dice.spread(0.12f);
  canvas.draw(
      frame.at({direction(turn) * 0.4f, turn}), {1.3f, 0.2f}, 0.1f,
      [](Vec2 p) {
        return capsule(p, {0, 0}, {1.2f, 0}, 0.05f, 0.075f);
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.07f, 0.07f), metal, 0.8f};
      });
  canvas.paint_as(owner);
}

}  // namespace

void soup(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.level(frame.tilt());
  if (dice.chance(0.35f)) plate(canvas, dice, front.at({{0, 0.12f}}), 1.3f);
  if (dice.chance(0.3f)) handles(canvas, dice, front);
  bowl(canvas, dice, front, 1);
  const Color color = soup_color(dice);
  liquid(canvas, dice, front, color);
  switch (dice.below(3)) {
    case 0:
      cream_swirl(canvas, dice, front);
      if (dice.chance(0.6f)) leaf(canvas, dice, front.at({dice.in_disc(0.2f), dice.turn(), 0.24f}));
      break;
    case 1:
      oil_and_herbs(canvas, dice, front, color);
      pieces(canvas, dice, front);
      break;
    default:
      pieces(canvas, dice, front);
      oil_and_herbs(canvas, dice, front, color);
      break;
  }
  if (dice.chance(0.35f)) spoon_in(canvas, dice, front);
}

}  // namespace backlight::demo
