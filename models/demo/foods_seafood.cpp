// Seafood: shrimps, a fish, sashimi, mussels.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

void shrimps(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const int count = dice.whole(2, 5);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count);
    const float size = count == 2 ? 0.6f : 0.5f;
    shrimp(canvas, dice,
           frame.at({direction(turn) * 0.48f, turn + 0.25f + dice.spread(0.08f), size}));
  }
}

float fish_body(Vec2 p) {
  const float thick = 0.36f * (1 - 0.25f * p.x);
  return join(ellipse(p - Vec2{-0.18f, 0}, {0.78f, thick}),
              capsule(p, {0.3f, 0}, {0.7f, 0}, 0.13f, 0.07f), 0.15f);
}

// Thin rays spread from a point: fins and tails.
void fin(Canvas& canvas, const Frame& frame, std::initializer_list<Vec2> corners, Color color) {
  canvas.draw(
      frame, {1, 1}, 0.04f, [&](Vec2 p) { return convex(p, corners, 0.03f); },
      [&](Vec2 p, float) {
        const float ray = sine(angle(p - Vec2{0.3f, 0}) * 40);
        return Surface{0.015f * ray, color * (0.8f + 0.15f * ray), 0.3f};
      });
}

void fish(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.7f)) dish(canvas, dice, frame, 1);
  const Color back = dice.chance(0.6f)
                         ? rgb(0x6A7884) * dice.between(0.6f, 1.3f)
                         : dice.color(dice.chance(0.5f) ? Palette(kPink) : Palette(kCrust));
  const Color belly = mix(back, rgb(0xF2F0EA), 0.75f);
  const std::uint32_t salt = dice.salt();
  fin(canvas, frame, {{0.62f, -0.02f}, {1.0f, -0.42f}, {0.86f, 0}, {0.62f, 0.02f}}, back * 0.8f);
  fin(canvas, frame, {{0.62f, -0.02f}, {0.86f, 0}, {1.0f, 0.42f}, {0.62f, 0.02f}}, back * 0.8f);
  fin(canvas, frame, {{-0.4f, -0.3f}, {-0.05f, -0.55f}, {0.35f, -0.4f}, {0.3f, -0.2f}},
      back * 0.75f);
  fin(canvas, frame, {{-0.1f, 0.3f}, {0.25f, 0.25f}, {0.2f, 0.48f}}, back * 0.8f);
  canvas.draw(frame, {1.05f, 0.5f}, 0.14f, fish_body, [&](Vec2 p, float d) {
    const bool head = p.x < -0.55f + 0.35f * p.y * p.y;
    const float row = std::floor(p.y * 13);
    const float shift = row * 0.5f - std::floor(row * 0.5f);
    const Vec2 t = {p.x * 9 + shift - std::floor(p.x * 9 + shift) - 0.5f, p.y * 13 - row - 0.5f};
    const float scale = head ? 0.5f : smoothstep(0.55f, 0.25f, length({t.x * 0.8f - 0.1f, t.y}));
    const float gill = smoothstep(0.035f, 0.0f, std::abs(p.x + 0.55f - 0.35f * p.y * p.y));
    const float shade = smoothstep(-0.2f, 0.2f, p.y + 0.1f * (noise(p * 5, salt) - 0.5f));
    const Color color = mix(back, belly, shade) * (0.75f + 0.35f * scale - 0.4f * gill);
    return Surface{bevel(d, 0.32f, 0.24f) + 0.02f * scale - 0.03f * gill, color, 0.6f};
  });
  const auto dot_at = [&](float radius, Color color) {
    canvas.draw(
        frame.at({{-0.74f, -0.08f}, 0, radius}), {1, 1}, 0, [](Vec2 p) { return circle(p, 1); },
        [&](Vec2 p, float) {
          return Surface{dome(p, 0.5f), color, 0.8f};
        });
  };
  dot_at(0.075f, rgb(0xF4F1E4));
  dot_at(0.04f, rgb(0x101214));
}

// Slices of raw fish, each leaning on the next, with the white lines of the muscle.
void sashimi(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.5f)) {
    board(canvas, dice, frame, {1.15f, 0.8f});
  } else {
    plate(canvas, dice, frame, 1.2f);
  }
  const Color flesh = dice.chance(0.75f) ? mix(dice.color(kPink), rgb(0xF0783C), 0.5f)
                                         : dice.blend(kRed, kPink, 0.4f);
  const Color line = mix(flesh, rgb(0xFFF2E6), 0.75f);
  const int count = dice.whole(4, 6);
  const float lean = dice.between(0.02f, 0.06f);
  for (int i = 0; i < count; ++i) {
    const float place = (static_cast<float>(i) - 0.5f * static_cast<float>(count - 1)) *
                        (1.5f / static_cast<float>(count));
    const std::uint32_t salt = dice.salt();
    const float stripes = dice.between(3.2f, 4.4f);
    canvas.draw(
        frame.at({{place, dice.spread(0.05f)}, lean}), {0.4f, 0.7f}, 0.12f,
        [](Vec2 p) {
          return box(p, {0.3f, 0.58f - 0.25f * p.x}, 0.12f);
        },
        [&](Vec2 p, float d) {
          const float bow = p.y + 0.9f * p.x * p.x - 0.35f * p.x + 0.08f * noise(p * 3, salt);
          const float wave = sine(bow * stripes);
          const float white = smoothstep(0.75f, 0.95f, wave);
          return Surface{bevel(d, 0.14f, 0.12f) + 0.01f * wave, mix(flesh, line, white), 0.55f};
        });
  }
  if (dice.chance(0.6f)) {
    leaf(canvas, dice, frame.at({{-0.75f, 0.5f}, dice.turn(), 0.25f}));
  }
}

// Half shells, black outside and pearly inside, with the orange flesh in them.
void mussel(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color shell = rgb(0x23262F) * dice.between(0.8f, 1.7f);
  const Color pearl = rgb(0xB9BECB) * dice.between(0.7f, 1.1f);
  const Color flesh = dice.blend(kYellow, kRed, dice.between(0.2f, 0.5f));
  const std::uint32_t salt = dice.salt();
  const auto valve = [](Vec2 p, float size) {
    const float taper = 1 + 0.38f * std::clamp(p.x, -1.2f, 1.2f);
    return ellipse({p.x, p.y / taper}, {0.98f * size, 0.52f * size});
  };
  canvas.draw(
      frame, {1.05f, 0.8f}, 0.25f, [&](Vec2 p) { return valve(p, 1); },
      [&](Vec2 p, float d) {
        const float growth = sine(length(p - Vec2{-1, 0}) * 7);
        return Surface{bevel(d, 0.12f, 0.16f) + 0.01f * growth, shell * (1 + 0.25f * growth), 0.7f};
      });
  canvas.draw(
      frame, {1, 0.8f}, 0, [&](Vec2 p) { return valve(p, 0.84f); },
      [&](Vec2 p, float d) {
        return Surface{-bevel(d, 0.4f, 0.25f), pearl * (1 - 0.2f * p.x), 0.6f};
      });
  canvas.draw(
      frame.at({{0.05f, 0}}), {1, 0.6f}, 0.1f,
      [&](Vec2 p) { return valve(p * 1.5f, 1) / 1.5f + 0.1f * (noise(p * 3, salt) - 0.5f); },
      [&](Vec2 p, float d) {
        const float fold = noise({p.x * 3, p.y * 9}, salt + 1);
        return Surface{bevel(d, 0.2f, 0.24f) + 0.08f * fold, flesh * (0.75f + 0.4f * fold), 0.6f};
      });
}

void mussels(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.98f);
  const int count = dice.whole(4, 6);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count);
    mussel(canvas, dice, frame.at({direction(turn) * 0.52f, turn + dice.spread(0.08f), 0.48f}));
  }
}

}  // namespace

// A bent body of ringed segments that ends in a fan.
void shrimp(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color shell = dice.blend(kPink, kRed, dice.between(0, 0.35f));
  const Color pale = mix(shell, rgb(0xFFF3EA), 0.65f);
  const float bow = 0.52f;
  const auto straighten = [&](Vec2 p) { return bend({p.x, p.y + 0.42f}, bow); };
  const auto tail = [&](float turn) {
    const Vec2 foot = {0.56f * 0.9f, 0.28f};
    canvas.draw(
        frame.at({foot, turn}), {0.6f, 0.4f}, 0.06f,
        [](Vec2 p) {
          return ellipse(p - Vec2{0.22f, 0}, {0.26f, 0.11f});
        },
        [&](Vec2 p, float d) {
          return Surface{bevel(d, 0.1f, 0.08f), shell * (0.7f + 0.2f * sine(p.y * 12)), 0.4f};
        });
  };
  tail(0.32f);
  tail(0.22f);
  canvas.draw(
      frame, {1, 1}, 0.25f,
      [&](Vec2 p) {
        const Vec2 q = straighten(p);
        const float thick = 0.31f - 0.14f * saturate(0.5f + 0.5f * q.x);
        const float ends = std::abs(q.x) - 1.12f;
        return join(std::abs(q.y) - thick, ends, -0.12f) + 0.02f;
      },
      [&](Vec2 p, float d) {
        const Vec2 q = straighten(p);
        const float ring = (q.x + 0.25f * q.y) * 3.1f;
        const float t = ring - std::floor(ring);
        const float band = smoothstep(0.0f, 0.3f, t) * smoothstep(1.0f, 0.75f, t);
        const float under = smoothstep(0.0f, 0.24f, q.y);
        return Surface{bevel(d, 0.26f, 0.26f) + 0.06f * band,
                       mix(mix(shell, pale, band * 0.75f), pale, 0.6f * under), 0.5f};
      });
}

void seafood(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(4)) {
    case 0: return shrimps(canvas, dice, frame);
    case 1: return fish(canvas, dice, frame);
    case 2: return sashimi(canvas, dice, frame);
    default: return mussels(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
