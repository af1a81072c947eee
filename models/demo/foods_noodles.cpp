// Noodles/Pasta: a bowl of noodles, spaghetti on a plate, penne.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// A strand is a part of a circle, long enough to cross the nest; `within` bounds the nest.
void strand(Canvas& canvas, Dice& dice, const Frame& frame, float within, float thick,
            Color color) {
  const Color own = color * dice.between(0.82f, 1.12f);
  const float radius = dice.between(0.3f, 0.95f);
  const float reach = dice.between(0.12f, 0.3f);
  const Vec2 middle = dice.in_disc(0.72f * within);
  const Frame bow = frame.at({middle, dice.turn()});
  const Vec2 nest = bow.to_local(frame.to_picture({0, 0}));
  const Vec2 half = {radius * sine(std::min(reach, 0.25f)), 0.5f * radius * (1 - cosine(reach))};
  const float center = radius - half.y;
  canvas.draw(
      bow, {half.x + thick, half.y + thick}, 0.06f,
      [&](Vec2 p) {
        const float ring = arc({p.x, p.y + center}, radius, reach, thick);
        return std::max(ring, circle(p - nest, within));
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, thick, thick), own, 0.45f};
      });
}

void nest(Canvas& canvas, Dice& dice, const Frame& frame, float within, Color color) {
  const float thick = dice.between(0.035f, 0.055f);
  canvas.draw(
      frame, {within, within}, 0.08f, [&](Vec2 p) { return circle(p, 0.97f * within); },
      [&](Vec2 p, float) {
        return Surface{dome(p * (1 / within), 0.15f), color * 0.5f};
      });
  const int count = static_cast<int>(2.4f / thick) + 8;
  for (int i = 0; i < count; ++i) strand(canvas, dice, frame, within, thick, color);
}

Color pasta_color(Dice& dice) {
  if (dice.chance(0.2f)) return dice.blend(kCrust, kDark, 0.3f);  // buckwheat
  return dice.blend(kCream, kYellow, dice.between(0.1f, 0.6f));
}

void toppings(Canvas& canvas, Dice& dice, const Frame& frame) {
  const int count = dice.whole(1, 4);
  for (int i = 0; i < count; ++i) {
    const Frame place = frame.at({dice.in_disc(0.5f), dice.turn(), dice.between(0.13f, 0.22f)});
    if (dice.chance(0.6f)) {
      leaf(canvas, dice, place);
    } else {
      small_tomato(canvas, dice, place.at({{}, 0, 0.8f}));
    }
  }
}

void bowl_of_noodles(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.level(frame.tilt());
  bowl(canvas, dice, front, 1);
  nest(canvas, dice, front, 0.86f, pasta_color(dice));
  if (dice.chance(0.6f)) toppings(canvas, dice, front);
}

void spaghetti(Canvas& canvas, Dice& dice, const Frame& frame) {
  plate(canvas, dice, frame, 1.2f);
  nest(canvas, dice, frame, 0.88f, pasta_color(dice));
  if (dice.chance(0.65f)) {
    const Color sauce = dice.chance(0.7f) ? dice.color(kRed) : dice.color(kCream);
    const std::uint32_t salt = dice.salt();
    canvas.draw(
        frame, {0.7f, 0.7f}, 0.05f,
        [&](Vec2 p) { return circle(p, 0.42f) - 0.45f * (fractal(p * 2.4f, 2, salt) - 0.4f); },
        [&](Vec2 p, float d) {
          const float lumps = fractal(p * 7, 2, salt + 3);
          return Surface{bevel(d, 0.15f, 0.1f) + 0.1f * lumps, sauce * (0.7f + 0.5f * lumps), 0.5f};
        });
    toppings(canvas, dice, frame.at({{}, 0, 0.5f}));
  }
}

void pile_of_penne(Canvas& canvas, Dice& dice, const Frame& frame) {
  plate(canvas, dice, frame, 1.15f);
  const Color sauce = dice.color(kRed);
  const float sauced = dice.chance(0.5f) ? dice.between(0.2f, 0.6f) : 0.0f;
  canvas.draw(
      frame, {0.9f, 0.9f}, 0.03f, [](Vec2 p) { return circle(p, 0.8f); },
      [&](Vec2 p, float) {
        return Surface{dome(p, 0.1f), mix(rgb(0xB08A48), sauce, saturate(2 * sauced)) * 0.7f, 0.3f};
      });
  const int count = dice.whole(26, 36);
  for (int i = 0; i < count; ++i) {
    const float reach = 0.74f - 0.3f * static_cast<float>(i) / static_cast<float>(count);
    penne(canvas, dice, frame.at({dice.in_disc(reach), dice.turn(), dice.between(0.25f, 0.29f)}));
  }
  if (dice.chance(0.6f)) toppings(canvas, dice, frame);
}

}  // namespace

// A ridged tube cut slantwise, its mouth open.
void penne(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color dough = mix(kCream[3], dice.color(kYellow), 0.3f);
  const float half = 0.34f, cut = 0.28f;
  canvas.draw(
      frame, {1.2f, 0.5f}, 0.3f,
      [&](Vec2 p) {
        return box({p.x + cut * p.y / half, p.y}, {0.85f, half}, 0.06f);
      },
      [&](Vec2 p, float) {
        const float u = p.y / half;
        const float round = std::sqrt(saturate(1 - u * u));
        const float ridge = sine(u * 2.2f);
        return Surface{half * round + 0.02f * ridge, dough * (0.92f + 0.1f * ridge), 0.35f};
      });
  canvas.draw(
      frame.at({{0.85f - 0.12f, 0}, 0.035f}), {0.4f, 0.4f}, 0,
      [](Vec2 p) {
        return ellipse(p, {0.13f, 0.27f});
      },
      [&](Vec2, float) {
        return Surface{0, dough * 0.28f};
      });
}

void noodles(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(3)) {
    case 0: return bowl_of_noodles(canvas, dice, frame);
    case 1: return spaghetti(canvas, dice, frame);
    default: return pile_of_penne(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
