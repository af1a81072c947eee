// The small fruits and leaves that lie on and beside foods.
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {

// A round slice of lemon, orange or lime: peel, pith, and segments between its spokes.
void citrus_slice(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color peel = dice.chance(0.4f)   ? rgb(0xF5D21E)
                     : dice.chance(0.5f) ? rgb(0xF39A1B)
                                         : rgb(0x7DB52E);
  const Color pulp = mix(peel, rgb(0xFFF3B0), 0.35f);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1, 1}, 0.2f, [](Vec2 p) { return circle(p, 0.97f); },
      [&](Vec2 p, float d) {
        const float r = length(p);
        const float spoke = std::abs(sine(angle(p) * 4.5f)) * r;
        const float segment = smoothstep(0.06f, 0.14f, spoke) * smoothstep(0.82f, 0.76f, r);
        const float vesicle = noise({angle(p) * 60, r * 5}, salt);
        Color color = mix(rgb(0xFBF6DC), pulp * (0.85f + 0.3f * vesicle), segment);
        color = mix(color, peel, smoothstep(-0.1f, -0.06f, d));
        return Surface{bevel(d, 0.08f, 0.08f) - 0.03f * segment, color, 0.35f};
      });
}

// A small round tomato with its green star.
void small_tomato(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color skin = mix(dice.color(kRed), rgb(0xD92C1C), 0.6f);
  canvas.draw(
      frame, {1, 1}, 0.45f, [](Vec2 p) { return circle(p, 0.97f); },
      [&](Vec2 p, float) {
        return Surface{dome(p, 0.85f), skin, 0.8f};
      });
  const Color green = dice.color(kGreen);
  const float phase = dice.turn();
  canvas.draw(
      frame.at({{0.1f, -0.12f}}), {0.6f, 0.6f}, 0.05f,
      [&](Vec2 p) {
        const float ray = 0.5f + 0.5f * sine((angle(p) + phase) * 5);
        return length(p) - 0.1f - 0.4f * ray * ray;
      },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.1f, 0.06f), green, 0.15f};
      });
}

// A pointed leaf with a midrib and veins.
void leaf(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color green = dice.color(kGreen);
  canvas.draw(
      frame, {1.05f, 0.6f}, 0.15f,
      [](Vec2 p) {
        return std::max(circle({p.x, p.y - 0.75f}, 1.22f), circle({p.x, p.y + 0.75f}, 1.22f));
      },
      [&](Vec2 p, float d) {
        const float rib = smoothstep(0.06f, 0.0f, std::abs(p.y));
        const float vein = sine((p.x - 0.8f * std::abs(p.y)) * 3.2f);
        return Surface{bevel(d, 0.35f, 0.14f) + 0.03f * vein - 0.06f * rib,
                       green * (0.9f + 0.12f * vein + 0.25f * rib), 0.25f};
      });
}

// A cherry: round, dark red, with a stalk.
void berry(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color skin = dice.chance(0.7f) ? mix(dice.color(kRed), rgb(0xA01020), 0.6f) : rgb(0x39406E);
  canvas.draw(
      frame, {1, 1}, 0.4f, [](Vec2 p) { return circle(p, 0.95f); },
      [&](Vec2 p, float) {
        return Surface{dome(p, 0.85f), skin, 0.9f};
      });
}

}  // namespace backlight::demo
