// Meat: a grilled steak, rashers of bacon, sausages, a drumstick.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

Color roasted(Dice& dice) {
  return dice.chance(0.5f) ? dice.blend(kDark, kRed, 0.35f) : dice.blend(kDark, kCrust, 0.4f);
}

void steak(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const Color flesh = roasted(dice);
  const Color fat = dice.blend(kCream, kCrust, 0.35f);
  const std::uint32_t salt = dice.salt();
  const float grill = dice.spread(0.12f) + 0.12f;
  const Vec2 across = direction(grill);
  canvas.draw(
      frame, {1.1f, 1.1f}, 0.14f,
      [&](Vec2 p) {
        const float body = join(ellipse(p - Vec2{-0.2f, 0.05f}, {0.76f, 0.62f}),
                                ellipse(p - Vec2{0.5f, -0.15f}, {0.46f, 0.42f}), 0.3f);
        return body + 0.14f * (noise(p * 1.6f, salt) - 0.5f);
      },
      [&](Vec2 p, float d) {
        const float fibre = fractal({p.x * 5 + p.y * 3, p.y * 9}, 3, salt + 1);
        const float marbling = smoothstep(0.62f, 0.7f, fractal({p.x * 4, p.y * 7}, 2, salt + 6));
        const float rim = smoothstep(-0.13f, -0.09f, d + 0.05f * (fibre - 0.5f));
        const float bar = dot(p, across) * 3.6f;
        const float burnt = smoothstep(0.2f, 0.12f, std::abs(bar - std::floor(bar) - 0.5f)) *
                            (1 - 0.5f * rim) * smoothstep(0.2f, 0.4f, fibre + 0.15f);
        Color color = mix(flesh * (0.6f + 0.7f * fibre), fat, 0.3f * marbling);
        color = mix(color, fat * (0.7f + 0.4f * fibre), rim * smoothstep(0.3f, -0.2f, p.y));
        color = mix(color, rgb(0x1E120C), 0.85f * burnt);
        return Surface{bevel(d, 0.16f, 0.14f) + 0.05f * fibre - 0.035f * burnt, color, 0.3f};
      });
}

// Wavy rashers: stripes of lean and fat along them.
void bacon(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 1);
  const Color lean = dice.blend(kRed, kDark, 0.45f);
  const Color fat = dice.blend(kCream, kPink, 0.45f);
  const int count = dice.whole(3, 4);
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    const std::uint32_t salt = dice.salt();
    const float phase = dice.turn(), waves = dice.between(1.2f, 1.8f);
    const float half = dice.between(0.17f, 0.22f);
    const Frame rasher = frame.at({{dice.spread(0.08f), place * 0.42f}, dice.spread(0.03f), 0.98f});
    const auto wavy = [&](Vec2 p) { return Vec2{p.x, p.y + 0.07f * sine(p.x * waves + phase)}; };
    canvas.draw(
        rasher, {1.02f, 0.42f}, 0.13f,
        [&](Vec2 p) {
          return box(wavy(p), {0.95f, half}, 0.08f) + 0.05f * (noise(p * 4, salt) - 0.5f);
        },
        [&](Vec2 p, float d) {
          const Vec2 q = wavy(p);
          const float streak = fractal({q.x * 1.6f, q.y / half * 2.2f + 3}, 2, salt + 2);
          const float band = smoothstep(0.44f, 0.54f, streak + 0.12f * (q.y > 0 ? 1.0f : -1.0f));
          const float ripple = sine(p.x * waves * 2 + phase);
          const float crisp = smoothstep(-0.06f, 0.0f, d);
          const Color color = mix(mix(fat, lean, band), lean * 0.4f, 0.6f * crisp);
          return Surface{0.08f * ripple + 0.03f * band + bevel(d, 0.05f, 0.05f), color, 0.45f};
        });
  }
}

void sausages(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 1);
  const int count = dice.whole(2, 3);
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    sausage(canvas, dice,
            frame.at({{dice.spread(0.06f), place * 0.5f}, dice.spread(0.03f), 0.92f}));
  }
}

void drumstick(Canvas& canvas, Dice& dice, const Frame& frame, Color skin) {
  const Color bone = mix(dice.color(kCream), rgb(0xFFFFFF), 0.3f);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1.05f, 0.4f}, 0.12f,
      [](Vec2 p) {
        const float shaft = capsule(p, {0.2f, 0}, {0.82f, 0}, 0.1f, 0.08f);
        const float knob =
            std::min(circle(p - Vec2{0.88f, -0.08f}, 0.11f), circle(p - Vec2{0.88f, 0.09f}, 0.11f));
        return join(shaft, knob, 0.06f);
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.1f, 0.1f), bone, 0.3f};
      });
  canvas.draw(
      frame, {1.05f, 0.7f}, 0.25f,
      [&](Vec2 p) {
        const float body = join(ellipse(p - Vec2{-0.4f, 0}, {0.58f, 0.5f}),
                                capsule(p, {-0.2f, 0}, {0.42f, 0}, 0.3f, 0.12f), 0.25f);
        return body + 0.05f * (noise(p * 4, salt) - 0.5f);
      },
      [&](Vec2 p, float d) {
        const float crackle = fractal(p * 5, 3, salt + 1);
        const float cooked = saturate(0.2f + 1.3f * (crackle - 0.45f) + 0.5f * (p.x + 0.2f));
        return Surface{bevel(d, 0.45f, 0.42f) + 0.06f * crackle, mix(skin, skin * 0.32f, cooked),
                       0.45f};
      });
}

void drumsticks(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const Color skin = dice.chance(0.6f) ? dice.color(kCrust) : dice.blend(kCrust, kRed, 0.5f);
  if (dice.chance(0.45f)) return drumstick(canvas, dice, frame, skin);
  drumstick(canvas, dice, frame.at({{0.05f, -0.36f}, dice.spread(0.05f), 0.82f}), skin);
  drumstick(canvas, dice, frame.at({{-0.05f, 0.36f}, dice.spread(0.05f), 0.82f}), skin);
}

}  // namespace

void sausage(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color skin =
      dice.chance(0.5f) ? dice.blend(kRed, kDark, 0.4f) : dice.blend(kCrust, kDark, 0.4f);
  const std::uint32_t salt = dice.salt();
  const float bow = dice.between(1.4f, 4), thick = dice.between(0.2f, 0.25f);
  const float marks = dice.chance(0.6f) ? 1.0f : 0.0f;
  canvas.draw(
      frame, {1.05f, 0.6f}, 0.2f,
      [&](Vec2 p) {
        return capsule(bend(p, bow), {-0.76f, 0}, {0.76f, 0}, thick, thick);
      },
      [&](Vec2 p, float d) {
        const Vec2 q = bend(p, bow);
        const float bar = (q.x + 0.5f * q.y) * 2.6f;
        const float burnt = marks * smoothstep(0.2f, 0.1f, std::abs(bar - std::floor(bar) - 0.5f)) *
                            smoothstep(thick, 0.5f * thick, std::abs(q.y));
        const float mottled = fractal({q.x * 3, q.y * 4}, 2, salt);
        const Color color = mix(skin * (0.75f + 0.5f * mottled), rgb(0x1C100A), 0.8f * burnt);
        return Surface{bevel(d, thick, thick), color, 0.6f};
      });
}

void meat(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(4)) {
    case 0: return steak(canvas, dice, frame);
    case 1: return bacon(canvas, dice, frame);
    case 2: return sausages(canvas, dice, frame);
    default: return drumsticks(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
