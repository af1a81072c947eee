#include "models/demo/dishes.h"

#include "models/demo/noise.h"

namespace backlight::demo {

void plate(Canvas& canvas, Dice& dice, const Frame& frame, float radius) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color glaze = dice.color(kCrockery);
  const Color band = dice.chance(0.5f) ? dice.color(kBright) : glaze * 0.8f;
  const float from = dice.between(0.78f, 0.9f);
  const float to = from + dice.between(0.02f, 0.1f);
  const bool banded = dice.chance(0.5f);
  canvas.draw(
      frame.at({{}, 0, radius}), {1, 1}, 0.06f, [](Vec2 p) { return circle(p, 1); },
      [&](Vec2 p, float) {
        const float r = length(p);
        const float well = 0.07f * smoothstep(0.62f, 0.74f, r);
        const float lip = 0.03f * smoothstep(1.0f, 0.96f, r);
        const bool on_band = banded && r > from && r < to;
        return Surface{well + lip, on_band ? band : glaze, 0.5f};
      });
  canvas.paint_as(owner);
}

void board(Canvas& canvas, Dice& dice, const Frame& frame, Vec2 half) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color light = dice.color(kWood);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, half, 0.07f, [&](Vec2 p) { return box(p, half, 0.14f); },
      [&](Vec2 p, float d) {
        const float grain = fractal({p.x * 1.5f, p.y * 14}, 2, salt);
        return Surface{bevel(d, 0.06f, 0.05f), light * mix(0.75f, 1.15f, grain), 0.1f};
      });
  canvas.paint_as(owner);
}

void paper(Canvas& canvas, Dice& dice, const Frame& frame, float half) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color sheet = dice.chance(0.5f) ? dice.color(kCream) : dice.color(kCrockery);
  const Color line = dice.color(kBright);
  const std::uint32_t salt = dice.salt();
  const bool checked = dice.chance(0.5f);
  canvas.draw(
      frame, {half, half}, 0.03f,
      [&](Vec2 p) {
        return box(p, {half, half * 0.9f}, 0.02f);
      },
      [&](Vec2 p, float) {
        const Vec2 t = {p.x * 5 - std::floor(p.x * 5), p.y * 5 - std::floor(p.y * 5)};
        const bool inked = checked && (t.x < 0.3f || t.y < 0.3f);
        return Surface{0.12f * fractal(p * 2.5f, 2, salt), inked ? mix(sheet, line, 0.6f) : sheet};
      });
  canvas.paint_as(owner);
}

void pan(Canvas& canvas, Dice& dice, const Frame& frame, float radius) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color iron = rgb(0x2C2E31) * dice.between(0.7f, 1.5f);
  canvas.draw(
      frame.at({{}, 0, radius}), {1.9f, 1}, 0.1f,
      [](Vec2 p) {
        return std::min(circle(p, 1), box({p.x - 1.35f, p.y}, {0.5f, 0.09f}, 0.08f));
      },
      [&](Vec2 p, float d) {
        const float r = length(p);
        const float wall = 0.2f * smoothstep(0.84f, 0.94f, r);
        return Surface{r < 1 ? wall : bevel(d, 0.08f, 0.07f), iron, 0.35f};
      });
  canvas.paint_as(owner);
}

void dish(Canvas& canvas, Dice& dice, const Frame& frame, float radius) {
  switch (dice.below(7)) {
    case 0:
    case 1: return plate(canvas, dice, frame, radius * 1.25f);
    case 2: return board(canvas, dice, frame, {radius * 1.15f, radius * 0.9f});
    case 3: return paper(canvas, dice, frame, radius * 1.05f);
    case 4: return pan(canvas, dice, frame, radius * 1.18f);
    default: return;
  }
}

void bowl(Canvas& canvas, Dice& dice, const Frame& frame, float radius) {
  const Owner owner = canvas.paint_as(Owner::kThing);
  const Color glaze = dice.color(kCrockery);
  const Color outside = dice.chance(0.4f) ? dice.color(kBright) : glaze;
  const Color stripe = dice.color(kBright);
  const float band = dice.chance(0.4f) ? dice.between(0.8f, 0.92f) : -1.0f;
  const float tilt = frame.tilt();
  const float depth = tilt + 1.1f * (1 - tilt);  // how far the body shows below the mouth
  canvas.draw(
      frame.upright().at({{}, 0, radius}), {1, depth}, 0.16f,
      [&](Vec2 p) {
        return ellipse(p, {1, p.y > 0 ? depth : tilt});
      },
      [&](Vec2 p, float) {
        const Vec2 q = {p.x, p.y / depth};
        const bool striped = std::abs(length(q) - band) < 0.035f;
        return Surface{dome(q, 0.6f), striped ? stripe : outside, 0.4f};
      });
  canvas.draw(
      frame.at({{}, 0, radius}), {1, 1}, 0, [](Vec2 p) { return circle(p, 1); },
      [&](Vec2 p, float) {
        const float r = length(p);
        const float rim = 0.05f * smoothstep(1.0f, 0.95f, r);
        const float well = 0.35f * smoothstep(0.3f, 0.93f, r);
        return Surface{rim + well, glaze, 0.5f};
      });
  canvas.paint_as(owner);
}

}  // namespace backlight::demo
