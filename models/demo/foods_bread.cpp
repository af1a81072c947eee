// Bread: a scored loaf, slices, baguettes, a croissant.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// The surface of a crust: baked unevenly, darkest where `bake` is 1.
Color crust_color(Color pale, Color dark, Vec2 p, float bake, std::uint32_t salt) {
  const float uneven = fractal(p * 3, 3, salt);
  return mix(pale, dark, saturate(bake + 1.4f * (uneven - 0.5f)));
}

// An oval loaf with slashes across it, open to the pale inside, and some flour.
void loaf(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color pale = dice.color(kCrust);
  const Color dark = pale * dice.between(0.3f, 0.5f);
  const Color inside = mix(pale, dice.color(kCream), 0.7f);
  const std::uint32_t salt = dice.salt();
  const Vec2 half = {1, dice.between(0.58f, 0.8f)};
  const float slashes = static_cast<float>(dice.whole(3, 5));
  const float slant = dice.between(0.2f, 0.5f);
  const float flour = dice.between(0, 0.5f);
  canvas.draw(
      frame, {1, 1}, 0.25f, [&](Vec2 p) { return ellipse(p, half); },
      [&](Vec2 p, float d) {
        const Vec2 q = {p.x / half.x, p.y / half.y};
        const float along = (p.x + slant * p.y) * slashes * 0.55f + 0.5f;
        const float across = (along - std::floor(along) - 0.5f) / (0.55f * slashes);
        const float reach = 0.62f * half.y * std::sqrt(saturate(1 - p.x * p.x));
        const float gap = std::abs(across) - 0.075f * saturate(1 - std::abs(p.y) / reach);
        const float open = smoothstep(0.015f, -0.03f, gap) * (std::abs(p.y) < reach ? 1.0f : 0.0f);
        const float ear = 0.06f * smoothstep(0.09f, 0.0f, std::abs(gap));
        const float grain = fractal(p * 14, 2, salt + 9);
        Color color = crust_color(pale, dark, p, 0.25f + 0.5f * dot(q, q), salt);
        color =
            mix(color, rgb(0xFFF8EA),
                flour * smoothstep(0.45f, 0.7f, noise(p * 4, salt + 5)) * (0.4f + 0.6f * grain));
        color = mix(color, inside * (0.75f + 0.4f * grain), open);
        return Surface{dome(q, 0.45f) + bevel(d, 0.2f, 0.1f) + ear - 0.05f * open + 0.03f * grain,
                       color, 0.06f};
      });
}

// Distance to a slice of tin bread: a box with two ears at the top.
float slice_shape(Vec2 p) {
  const float body = box({p.x, p.y - 0.18f}, {0.68f, 0.7f}, 0.12f);
  const float top = ellipse({std::abs(p.x) - 0.36f, p.y + 0.42f}, {0.5f, 0.4f});
  return join(body, top, 0.12f);
}

void slice(Canvas& canvas, Dice& dice, const Frame& frame, Color crust, Color crumb) {
  const std::uint32_t salt = dice.salt();
  const float toasted = dice.between(0, 0.55f);
  const float pores = dice.between(6, 10);
  canvas.draw(frame, {0.95f, 0.95f}, 0.12f, slice_shape, [&](Vec2 p, float d) {
    const float rim = smoothstep(-0.1f, -0.055f, d);
    const Cell pore = cell(p * pores, salt);
    const float hole =
        smoothstep(0.34f, 0.2f, pore.distance) * (pore.id % 3 == 0 ? 1.0f : 0.35f) * (1 - rim);
    const float brown = toasted * smoothstep(0.3f, 0.65f, fractal(p * 2.2f, 2, salt + 3));
    Color color = mix(crumb, crust, brown) * (1 - 0.22f * hole);
    color = mix(color, crust * 0.65f, rim);
    return Surface{bevel(d, 0.07f, 0.07f) - 0.035f * hole, color};
  });
}

void slices(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.95f);
  const Color crust = dice.color(kCrust) * 0.8f;
  const Color crumb = dice.chance(0.3f) ? mix(crust, dice.color(kCream), 0.4f) : dice.color(kCream);
  const int count = dice.whole(1, 3);
  const float step = count > 1 ? dice.between(0.28f, 0.5f) : 0;
  const float size = count > 1 ? 0.78f : 1.0f;
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    slice(canvas, dice, frame.at({{place * step, dice.spread(0.06f)}, dice.spread(0.04f), size}),
          crust, crumb);
  }
}

void baguette(Canvas& canvas, Dice& dice, const Frame& frame, Color pale) {
  const Color dark = pale * 0.35f;
  const Color inside = mix(pale, kCream[0], 0.75f);
  const std::uint32_t salt = dice.salt();
  const float bow = dice.between(3, 9);
  const float thick = dice.between(0.2f, 0.26f);
  canvas.draw(
      frame, {1.05f, 0.5f}, 0.2f,
      [&](Vec2 p) {
        return ellipse(bend(p, bow), {1, thick * 1.12f});
      },
      [&](Vec2 p, float d) {
        const Vec2 q = bend(p, bow);
        const float along = (q.x - 1.3f * q.y) * 2.6f;
        const float gap = std::abs(along - std::floor(along) - 0.5f) / 2.6f - 0.065f;
        const float open = smoothstep(0.03f, -0.03f, gap + 0.35f * std::abs(q.y));
        const float ear = 0.05f * smoothstep(0.08f, 0.0f, std::abs(gap + 0.35f * std::abs(q.y)));
        const float grain = fractal(q * 16, 2, salt + 2);
        const float side = q.y / thick;
        const Color crust = crust_color(pale, dark, q, 0.2f + 0.35f * side * side, salt);
        return Surface{
            dome({q.x, side * 0.9f}, 0.3f) + bevel(d, 0.1f, 0.06f) + ear + 0.025f * grain,
            mix(crust, inside * (0.8f + 0.3f * grain), open), 0.08f};
      });
}

void baguettes(Canvas& canvas, Dice& dice, const Frame& frame) {
  if (dice.chance(0.5f)) board(canvas, dice, frame, {1.15f, 0.75f});
  const Color pale = dice.color(kCrust);
  const int count = dice.whole(2, 3);
  for (int i = 0; i < count; ++i) {
    const float place = static_cast<float>(i) - 0.5f * static_cast<float>(count - 1);
    baguette(canvas, dice, frame.at({{dice.spread(0.08f), place * 0.4f}, dice.spread(0.03f)}),
             pale);
  }
}

// A crescent of rolled segments, thick in the middle.
void croissant(Canvas& canvas, Dice& dice, const Frame& frame) {
  dish(canvas, dice, frame, 0.85f);
  const Color pale = dice.color(kCrust);
  const Color dark = pale * dice.between(0.3f, 0.45f);
  const std::uint32_t salt = dice.salt();
  const float bow = dice.between(0.62f, 0.85f);
  const float rolls = dice.between(2.7f, 3.4f);
  const auto straighten = [&](Vec2 p) { return bend({p.x, p.y + 0.35f}, bow); };
  const auto ridge = [&](Vec2 q) {  // 0 in the seams between the segments, 1 on their backs
    const float along = std::abs(q.x) * rolls - 0.8f * q.y + 0.5f;
    const float t = along - std::floor(along) - 0.5f;
    return 1 - 4 * t * t;
  };
  canvas.draw(
      frame, {1.05f, 1.05f}, 0.22f,
      [&](Vec2 p) {
        const Vec2 q = straighten(p);
        const float thick = 0.1f + 0.34f * saturate(1 - q.x * q.x / 1.5f) + 0.035f * ridge(q);
        return std::max(std::abs(q.y) - thick, std::abs(q.x) - 1.3f);
      },
      [&](Vec2 p, float d) {
        const Vec2 q = straighten(p);
        const float back = ridge(q);
        const float flakes = noise({q.x * 5 + q.y * 9, q.y * 26}, salt);
        const float bake = 0.85f - 0.8f * back + 0.5f * (flakes - 0.5f);
        return Surface{bevel(d, 0.34f, 0.34f) + 0.1f * std::sqrt(saturate(back)) + 0.02f * flakes,
                       mix(pale, dark, saturate(bake)), 0.22f};
      });
}

}  // namespace

void crouton(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color crust = dice.color(kCrust);
  const Color crumb = dice.color(kCream);
  slice(canvas, dice, frame, crust, crumb);
}

void bread(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(4)) {
    case 0: return loaf(canvas, dice, frame);
    case 1: return slices(canvas, dice, frame.flat());
    case 2: return baguettes(canvas, dice, frame);
    default: return croissant(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
