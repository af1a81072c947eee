// Vegetable/Fruit: apples, broccoli, carrots, tomatoes, bananas, strawberries, grapes.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// A round fruit with a hollow at its stalk, streaked from the stalk outwards.
void apple(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.08f));
  const Color base = dice.chance(0.5f)   ? dice.color(kRed)
                     : dice.chance(0.5f) ? dice.color(kGreen)
                                         : dice.color(kYellow);
  const Color blush = mix(base, dice.chance(0.5f) ? dice.color(kYellow) : dice.color(kRed), 0.7f);
  const std::uint32_t salt = dice.salt();
  const Vec2 stalk = {dice.spread(0.08f), -0.55f};
  canvas.draw(
      front, {1, 1}, 0.4f,
      [](Vec2 p) {
        const float lobes = std::min(circle({p.x - 0.3f, p.y + 0.05f}, 0.66f),
                                     circle({p.x + 0.3f, p.y + 0.05f}, 0.66f));
        return join(lobes, ellipse({p.x, p.y - 0.15f}, {0.8f, 0.72f}), 0.25f);
      },
      [&](Vec2 p, float) {
        const Vec2 away = p - stalk;
        const float hollow = smoothstep(0.42f, 0.0f, length({away.x, away.y * 1.6f}));
        const float streak = fractal({angle(away) * 14, length(away) * 1.2f}, 2, salt);
        const float side = smoothstep(0.3f, 0.75f, streak + 0.35f * p.x);
        return Surface{dome({p.x / 1.02f, p.y / 0.98f}, 0.85f) - 0.22f * hollow,
                       mix(base, blush, side) * (1 - 0.3f * hollow), 0.6f};
      });
  const Color wood = dice.color(kDark);
  const Vec2 tip = {stalk.x + dice.spread(0.2f), -0.98f};
  canvas.draw(
      front, {1, 1.1f}, 0.06f, [&](Vec2 p) { return capsule(p, stalk, tip, 0.035f, 0.055f); },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.05f, 0.05f), wood, 0.1f};
      });
  if (dice.chance(0.6f)) {
    leaf(canvas, dice, front.at({{stalk.x + 0.24f, -0.78f}, -0.06f, 0.26f}));
  }
}

void apples(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.5f)) return apple(canvas, dice, frame.at({{}, 0, 0.85f}));
  apple(canvas, dice, frame.upright().at({{-0.4f, -0.12f}, 0, 0.56f}));
  apple(canvas, dice, frame.upright().at({{0.42f, 0.08f}, 0, 0.6f}));
}

// A forked stem under a crown of round florets, each rough with buds.
void broccoli(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.15f));
  const Color crown = mix(dice.color(kGreen), rgb(0x2F6A24), 0.5f);
  const Color stem = mix(dice.color(kGreen), rgb(0xC7D68A), 0.65f);
  canvas.draw(
      front, {0.8f, 1.05f}, 0.16f,
      [](Vec2 p) {
        const float trunk = capsule(p, {0, 0.3f}, {0, 0.85f}, 0.27f, 0.2f);
        const float left = capsule(p, {-0.45f, -0.1f}, {0, 0.5f}, 0.14f, 0.16f);
        const float right = capsule(p, {0.45f, -0.1f}, {0, 0.5f}, 0.14f, 0.16f);
        return join(join(trunk, left, 0.1f), right, 0.1f);
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.2f, 0.2f), stem, 0.2f};
      });
  const Vec2 florets[] = {{0, -0.6f},     {-0.42f, -0.48f}, {0.42f, -0.46f}, {-0.66f, -0.12f},
                          {0.66f, -0.1f}, {-0.24f, -0.16f}, {0.26f, -0.14f}};
  for (const Vec2 place : florets) {
    const std::uint32_t salt = dice.salt();
    const Color own = crown * dice.between(0.85f, 1.2f);
    const Vec2 offset = place + dice.in_disc(0.05f);
    canvas.draw(
        front.at({offset, 0, dice.between(0.32f, 0.38f)}), {1.15f, 1.15f}, 0.2f,
        [&](Vec2 p) { return circle(p, 0.98f) + 0.18f * (noise(p * 4, salt) - 0.5f); },
        [&](Vec2 p, float d) {
          const Cell bud = cell(p * 4.5f, salt + 1);
          const float bump = 1 - saturate(bud.distance * 1.4f);
          return Surface{dome(p * 0.95f, 0.7f) + 0.16f * bump + bevel(d, 0.1f, 0.05f),
                         own * (0.55f + 0.75f * bump), 0.06f};
        });
  }
}

void carrot(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color orange = mix(dice.color(kRed), rgb(0xF28A22), 0.75f);
  const Color green = dice.color(kGreen);
  const std::uint32_t salt = dice.salt();
  const int stalks = dice.whole(4, 6);
  for (int i = 0; i < stalks; ++i) {
    const float turn = 0.5f + 0.035f * (static_cast<float>(i) - 0.5f * static_cast<float>(stalks));
    leaf(canvas, dice, frame.at({Vec2{-0.45f, 0} + direction(turn) * 0.3f, turn, 0.32f}));
    canvas.draw(
        frame.at({{-0.42f, 0}, turn}), {0.6f, 0.1f}, 0.04f,
        [](Vec2 p) {
          return capsule(p, {0, 0}, {0.5f, 0}, 0.035f, 0.02f);
        },
        [&](Vec2, float d) {
          return Surface{bevel(d, 0.03f, 0.03f), green * 1.2f, 0.1f};
        });
  }
  canvas.draw(
      frame, {1.05f, 0.35f}, 0.18f,
      [](Vec2 p) {
        return capsule(p, {-0.3f, 0}, {0.92f, 0}, 0.22f, 0.035f);
      },
      [&](Vec2 p, float d) {
        const float half = mix(0.22f, 0.04f, saturate((p.x + 0.3f) / 1.22f));
        const float ring = noise({p.x * 13, p.y * 1.5f}, salt);
        const float line = smoothstep(0.68f, 0.8f, ring);
        return Surface{bevel(d, half, half) - 0.02f * line,
                       orange * (0.85f + 0.25f * noise(p * 4, salt + 1) - 0.3f * line), 0.35f};
      });
}

void carrots(Canvas& canvas, Dice& dice, const Frame& frame) {
  const int count = dice.whole(2, 3);
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    carrot(canvas, dice, frame.at({{dice.spread(0.1f), place * 0.46f}, dice.spread(0.05f)}));
  }
}

// Tomatoes: one cut across, one whole.
void cut_tomato(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color flesh = mix(dice.color(kRed), rgb(0xD83A22), 0.5f);
  const Color jelly = mix(flesh, rgb(0xE88A3A), 0.6f);
  const float chambers = static_cast<float>(dice.whole(3, 5));
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1, 1}, 0.25f, [](Vec2 p) { return circle(p, 0.97f); },
      [&](Vec2 p, float d) {
        const float r = length(p);
        const float spoke = std::abs(sine(angle(p) * chambers * 0.5f));
        const float room = smoothstep(0.3f, 0.5f, spoke * r) * smoothstep(0.84f, 0.76f, r);
        const Cell seed = cell(p * 6, salt);
        const float pip = room * smoothstep(0.3f, 0.2f, seed.distance);
        Color color = mix(mix(flesh, kPink[0], 0.25f), jelly * 0.85f, room);
        color = mix(color, rgb(0xF2D98A), pip);
        color = mix(color, flesh * 0.85f, smoothstep(-0.08f, -0.04f, d));
        return Surface{bevel(d, 0.08f, 0.08f) - 0.04f * room + 0.04f * pip, color, 0.5f};
      });
}

void tomatoes(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.5f)) dish(canvas, dice, frame, 0.95f);
  small_tomato(canvas, dice, frame.at({{-0.36f, -0.28f}, dice.turn(), 0.58f}));
  cut_tomato(canvas, dice, frame.at({{0.42f, 0.1f}, dice.turn(), 0.55f}));
  if (dice.chance(0.6f)) cut_tomato(canvas, dice, frame.at({{-0.2f, 0.5f}, dice.turn(), 0.45f}));
}

void banana(Canvas& canvas, Dice& dice, const Frame& frame, float bow) {
  const Color peel = mix(dice.color(kYellow), rgb(0xF2D03C), 0.5f);
  const Color green = mix(peel, kGreen[3], 0.5f);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1.1f, 0.8f}, 0.2f,
      [&](Vec2 p) {
        const Vec2 q = bend(p, bow);
        const float body = ellipse(q, {1.0f, 0.26f});
        return join(body, capsule(q, {0.85f, 0}, {1.12f, -0.05f}, 0.07f, 0.055f), 0.08f);
      },
      [&](Vec2 p, float d) {
        const Vec2 q = bend(p, bow);
        const float end = smoothstep(0.7f, 1.0f, std::abs(q.x));
        const float ridge = smoothstep(0.035f, 0.0f, std::abs(q.y + 0.06f * (1 - q.x * q.x)));
        const float spot = smoothstep(0.76f, 0.84f, noise({q.x * 9, q.y * 14}, salt));
        Color color = mix(mix(peel, green, end), peel * 0.7f, 0.35f * ridge);
        color = mix(color, rgb(0x4A3018), 0.75f * spot * (1 - end));
        if (std::abs(q.x) > 1.04f || q.x < -0.93f) color = rgb(0x4A3A20);
        return Surface{bevel(d, 0.24f, 0.24f) + 0.035f * ridge, color, 0.3f};
      });
}

void bananas(Canvas& canvas, Dice& dice, const Frame& frame) {
  const int count = dice.whole(2, 3);
  const float bow = dice.between(0.9f, 1.4f);
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    banana(canvas, dice, frame.at({{0.02f * place, place * 0.4f - 0.12f}, place * 0.03f, 0.9f}),
           bow + 0.1f * place);
  }
}

// A bunch: rows of berries that narrow towards the tip.
void grapes(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color skin = dice.chance(0.5f) ? mix(dice.color(kGreen), rgb(0xB9C65A), 0.6f)
                                       : mix(rgb(0x4A2350), dice.color(kRed), 0.25f);
  const Color wood = dice.color(kDark);
  canvas.draw(
      frame, {1, 1.1f}, 0.08f,
      [](Vec2 p) {
        return capsule(p, {0, -0.6f}, {0.08f, -1.02f}, 0.04f, 0.06f);
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.05f, 0.05f), wood};
      });
  for (int row = 0; row < 6; ++row) {
    const int count = row == 0 ? 4 : 6 - row;
    for (int i = 0; i < count; ++i) {
      const float x = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
      const Vec2 place = {x * 0.34f + dice.spread(0.06f),
                          -0.6f + 0.28f * static_cast<float>(row) + dice.spread(0.04f)};
      const Color own = skin * dice.between(0.8f, 1.25f);
      canvas.draw(
          frame.at({place, 0, dice.between(0.2f, 0.24f)}), {1, 1}, 0.4f,
          [](Vec2 p) { return circle(p, 0.98f); },
          [&](Vec2 p, float) {
            const float glow = 0.8f + 0.5f * saturate(dot(p, p));
            return Surface{dome(p, 0.8f), own * glow, 0.8f};
          });
    }
  }
}

// Tapering berries with rows of seeds and a green cap.
void strawberry(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color skin = mix(dice.color(kRed), rgb(0xD8202A), 0.6f);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {0.8f, 1}, 0.3f,
      [](Vec2 p) {
        return capsule(p, {0, -0.25f}, {0, 0.72f}, 0.66f, 0.2f);
      },
      [&](Vec2 p, float d) {
        const float row = std::floor(p.y * 4.2f);
        const float shift = 0.5f * row - std::floor(0.5f * row);
        const Vec2 t = {p.x * 3.8f + shift - std::floor(p.x * 3.8f + shift) - 0.5f,
                        p.y * 4.2f - row - 0.5f};
        const float pit = smoothstep(0.3f, 0.12f, length({t.x, 0.7f * t.y}));
        const float seed = smoothstep(0.16f, 0.1f, length({1.4f * t.x, 0.8f * t.y}));
        const float pale = smoothstep(-0.5f, -0.85f, p.y + 0.2f * noise(p * 4, salt));
        const Color flesh = mix(skin, rgb(0xF3C9A0), 0.5f * pale);
        return Surface{bevel(d, 0.6f, 0.55f) - 0.07f * pit, mix(flesh, rgb(0xF0CC6A), seed), 0.6f};
      });
  for (int i = 0; i < 5; ++i) {
    const float turn = 0.02f + 0.115f * static_cast<float>(i);
    leaf(canvas, dice, frame.at({Vec2{0, -0.82f} + direction(turn) * 0.26f, turn, 0.32f}));
  }
}

void strawberries(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.4f)) dish(canvas, dice, frame, 0.95f);
  const int count = dice.whole(2, 3);
  const float start = dice.turn();
  for (int i = 0; i < count; ++i) {
    const float turn = start + static_cast<float>(i) / static_cast<float>(count);
    strawberry(canvas, dice, frame.at({direction(turn) * 0.48f, dice.turn(), 0.54f}));
  }
}

}  // namespace

void vegetable_or_fruit(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(7)) {
    case 0: return apples(canvas, dice, frame);
    case 1: return broccoli(canvas, dice, frame);
    case 2: return carrots(canvas, dice, frame);
    case 3: return tomatoes(canvas, dice, frame);
    case 4: return bananas(canvas, dice, frame);
    case 5: return strawberries(canvas, dice, frame);
    default: return grapes(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
