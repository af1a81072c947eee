// Egg: fried, boiled and halved, or whole in its shell.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// Distance to the outline of an egg that points to +x; `half` are its half axes.
float egg_shape(Vec2 p, Vec2 half) {
  const float taper = 1 - 0.22f * std::clamp(p.x / half.x, -1.2f, 1.2f);
  return ellipse({p.x, p.y / taper}, half);
}

void yolk(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color orange = dice.color(kYellow);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1, 1}, 0.08f, [](Vec2 p) { return circle(p, 0.95f); },
      [&](Vec2 p, float) {
        return Surface{dome(p, 0.55f), orange * (0.92f + 0.12f * noise(p * 3, salt)), 0.9f};
      });
}

void fried_egg(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color white = mix(dice.color(kCream), rgb(0xFFFFFF), 0.6f);
  const Color crisp = dice.color(kCrust);
  const std::uint32_t salt = dice.salt();
  const float browned = dice.between(0.1f, 0.9f);
  canvas.draw(
      frame, {1.05f, 1.05f}, 0.05f,
      [&](Vec2 p) { return circle(p, 0.66f) - 0.5f * (fractal(p * 1.7f, 2, salt) - 0.3f); },
      [&](Vec2 p, float d) {
        const float blister = fractal(p * 7, 2, salt + 4);
        const float edge = smoothstep(-0.12f, 0.0f, d + 0.08f * (blister - 0.5f));
        return Surface{bevel(d, 0.22f, 0.1f) + 0.035f * blister, mix(white, crisp, browned * edge),
                       0.45f};
      });
  yolk(canvas, dice, frame.at({dice.in_disc(0.2f), 0, dice.between(0.32f, 0.4f)}));
}

void fried_eggs(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 1);
  if (dice.chance(0.55f)) return fried_egg(canvas, dice, frame.at({{}, 0, 0.95f}));
  fried_egg(canvas, dice, frame.at({{-0.38f, dice.spread(0.2f)}, dice.turn(), 0.66f}));
  fried_egg(canvas, dice, frame.at({{0.4f, dice.spread(0.2f)}, dice.turn(), 0.66f}));
}

void boiled(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const int count = dice.whole(2, 4);
  const float start = dice.turn();
  const float size = count == 2 ? 0.55f : 0.46f;
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count);
    const Vec2 place = direction(turn) * (count == 2 ? 0.42f : 0.5f);
    boiled_half(canvas, dice, frame.at({place, dice.turn(), size}));
  }
}

// Eggs in their shells, side by side.
void whole(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.4f)) dish(canvas, dice, frame, 1);
  const Color shell = dice.chance(0.5f) ? dice.color(kCream) : dice.blend(kCrust, kCream, 0.5f);
  const int count = dice.whole(1, 3);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count);
    const float size = count == 1 ? 0.9f : 0.56f;
    const Vec2 place = direction(turn) * (count == 1 ? 0.0f : 0.5f);
    const Color tint = shell * dice.between(0.9f, 1.05f);
    const std::uint32_t salt = dice.salt();
    const float speckles = dice.between(0, 0.35f);
    canvas.draw(
        frame.at({place, dice.turn(), size}), {1.05f, 1}, 0.4f,
        [](Vec2 p) {
          return egg_shape(p, {1, 0.76f});
        },
        [&](Vec2 p, float) {
          const float taper = 1 - 0.22f * std::clamp(p.x, -1.2f, 1.2f);
          const float freckle = smoothstep(0.68f, 0.8f, noise(p * 11, salt));
          return Surface{dome({p.x, p.y / (0.76f * taper)}, 0.76f), tint * (1 - speckles * freckle),
                         0.22f};
        });
  }
}

}  // namespace

void boiled_half(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color white = mix(dice.color(kCream), rgb(0xFFFFFF), 0.7f);
  const Vec2 half = {0.98f, 0.72f};
  canvas.draw(
      frame, {1.05f, 1}, 0.3f, [&](Vec2 p) { return egg_shape(p, half); },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.14f, 0.14f), white, 0.4f};
      });
  const Color orange = dice.color(kYellow);
  const std::uint32_t salt = dice.salt();
  const float soft = dice.between(0.2f, 0.8f);
  canvas.draw(
      frame.at({{-0.14f, 0}, 0, 0.46f}), {1.1f, 1.1f}, 0, [](Vec2 p) { return circle(p, 1); },
      [&](Vec2 p, float d) {
        const float crumb = fractal(p * 5, 2, salt);
        const Color yolk_color = mix(orange * 1.05f, orange * 0.72f, smoothstep(-0.9f, -0.1f, d));
        return Surface{0.1f * crumb * (1 - soft) + bevel(d, 0.2f, 0.06f),
                       yolk_color * (0.85f + 0.25f * crumb), 0.6f * soft};
      });
}

void egg(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(3)) {
    case 0: return fried_eggs(canvas, dice, frame);
    case 1: return boiled(canvas, dice, frame);
    default: return whole(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
