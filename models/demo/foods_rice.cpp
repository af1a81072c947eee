// Rice: a bowl of it, a mound on a plate, rice balls with seaweed.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// White as a rule; else saffron, or fried with soy or tomato.
Color rice_color(Dice& dice) {
  const Color white = mix(dice.color(kCream), rgb(0xFFFFFF), 0.5f);
  switch (dice.below(6)) {
    case 0: return dice.blend(kCream, kYellow, 0.6f);
    case 1: return mix(white, dice.color(kCrust), 0.7f);
    case 2: return mix(white, dice.color(kRed), 0.55f);
    default: return white;
  }
}

void grain(Canvas& canvas, Dice& dice, const Frame& frame, Color color) {
  const Color own = color * dice.between(0.86f, 1.08f);
  canvas.draw(
      frame, {1, 0.5f}, 0.2f,
      [](Vec2 p) {
        return ellipse(p, {1, 0.42f});
      },
      [&](Vec2 p, float) {
        return Surface{dome({p.x, p.y / 0.42f}, 0.32f), own, 0.25f};
      });
}

// A heap within the unit disc: a dome underneath, and grains all over it.
void heap(Canvas& canvas, Dice& dice, const Frame& frame, float within, float steep, Color color) {
  const std::uint32_t salt = dice.salt();
  const float length = dice.between(0.075f, 0.095f);
  canvas.draw(
      frame, {within * 1.1f, within * 1.1f}, 0.12f,
      [&](Vec2 p) { return circle(p, within) + 0.1f * (noise(p * 6, salt) - 0.5f); },
      [&](Vec2 p, float d) {
        const Cell gap = cell(p * 9, salt + 1);
        return Surface{dome(p * (1 / within), steep) + bevel(d, 0.1f, 0.05f) - 0.06f * gap.distance,
                       color * (1.0f - 0.25f * saturate(gap.distance))};
      });
  const float pitch = length * 1.25f;
  const int rows = static_cast<int>(within / pitch) + 1;
  for (int row = -rows; row <= rows; ++row) {
    for (int column = -rows; column <= rows; ++column) {
      const Vec2 place = {(static_cast<float>(column) + dice.spread(0.5f)) * pitch,
                          (static_cast<float>(row) + dice.spread(0.5f)) * pitch};
      const Pose pose = {place, dice.turn(), length};
      if (circle(place, within) > 0) continue;
      const Vec2 toward = place * (1 / within);
      // The heap's own slope, which single grains do not show: lighter towards the lamp's side.
      const float lit = 1.0f - 0.14f * steep * (toward.x * 0.4f + toward.y);
      grain(canvas, dice, frame.at(pose), color * lit);
    }
  }
}

void garnish(Canvas& canvas, Dice& dice, const Frame& frame) {
  const int specks = dice.whole(0, 9);
  const Color speck = dice.chance(0.5f) ? rgb(0x221A16) : dice.color(kGreen);
  for (int i = 0; i < specks; ++i) {
    const Frame place = frame.at({dice.in_disc(0.5f), dice.turn(), dice.between(0.03f, 0.06f)});
    canvas.draw(
        place, {1, 1}, 0.3f,
        [](Vec2 p) {
          return ellipse(p, {1, 0.7f});
        },
        [&](Vec2 p, float) {
          return Surface{dome(p, 0.5f), speck, 0.2f};
        });
  }
}

void bowl_of_rice(Canvas& canvas, Dice& dice, const Frame& frame) {
  const float tilt = std::min(frame.tilt(), 0.85f);
  const Frame front = frame.level(tilt);
  bowl(canvas, dice, front, 1);
  const Color color = rice_color(dice);
  heap(canvas, dice, front, 0.84f, 0.35f, color);
  heap(canvas, dice, front.at({{0, -0.22f}}), 0.55f, 0.3f, color);
  garnish(canvas, dice, front.at({{0, -0.2f}}));
}

void plate_of_rice(Canvas& canvas, Dice& dice, const Frame& frame) {
  plate(canvas, dice, frame, 1.2f);
  const Color color = rice_color(dice);
  heap(canvas, dice, frame, 0.86f, 0.4f, color);
  garnish(canvas, dice, frame);
  if (dice.chance(0.4f)) leaf(canvas, dice, frame.at({dice.in_disc(0.2f), dice.turn(), 0.24f}));
}

// A triangle of pressed rice with a band of seaweed round its foot.
void rice_ball(Canvas& canvas, Dice& dice, const Frame& front, Color color) {
  const std::uint32_t salt = dice.salt();
  const auto body = [](Vec2 p) {
    return convex(p, {{0, -0.52f}, {0.56f, 0.42f}, {-0.56f, 0.42f}}, 0.36f);
  };
  canvas.draw(
      front, {1.05f, 1.05f}, 0.2f,
      [&](Vec2 p) { return body(p) + 0.05f * (noise(p * 9, salt) - 0.5f); },
      [&](Vec2 p, float d) {
        const Vec2 q = {p.x * 7 + 3 * noise(p * 3, salt + 4), p.y * 11};
        const Cell kernel = cell(q, salt + 1);
        const float bump = 1 - saturate(kernel.distance * 1.2f);
        return Surface{bevel(d, 0.3f, 0.26f) + 0.075f * bump, color * (0.78f + 0.26f * bump), 0.2f};
      });
  const Color nori = rgb(0x1C2620) * dice.between(0.8f, 1.6f);
  const float wide = dice.between(0.26f, 0.36f), high = dice.between(0.05f, 0.2f);
  canvas.draw(
      front, {1, 1}, 0.03f,
      [&](Vec2 p) {
        return std::max(box(p - Vec2{0, 0.72f}, {wide, 0.72f - high}, 0.02f), body(p) - 0.01f);
      },
      [&](Vec2 p, float d) {
        const float fibre = fractal({p.x * 20, p.y * 12}, 2, salt + 2);
        return Surface{bevel(body(p), 0.3f, 0.26f) + bevel(d, 0.02f, 0.02f) + 0.02f * fibre,
                       nori * (0.7f + 0.6f * fibre), 0.25f};
      });
}

void rice_balls(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.05f));
  const Color color = mix(dice.color(kCream), rgb(0xFFFFFF), 0.55f);
  if (dice.chance(0.5f)) {
    board(canvas, dice, front.at({{0, 0.3f}}), {1.15f, 0.75f});
  }
  if (dice.chance(0.4f)) return rice_ball(canvas, dice, front, color);
  rice_ball(canvas, dice, front.at({{-0.42f, -0.12f}, dice.spread(0.02f), 0.62f}), color);
  rice_ball(canvas, dice, front.at({{0.4f, 0.08f}, dice.spread(0.02f), 0.66f}), color);
}

}  // namespace

void rice(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(3)) {
    case 0: return bowl_of_rice(canvas, dice, frame);
    case 1: return plate_of_rice(canvas, dice, frame);
    default: return rice_balls(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
