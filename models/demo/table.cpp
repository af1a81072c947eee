#include "models/demo/table.h"

#include "models/demo/dishes.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

void planks(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color timber = dice.color(kWood);
  const Color wood = timber * dice.between(0.6f, 1.2f);
  const std::uint32_t salt = dice.salt();
  const float wide = dice.between(2.5f, 5);
  canvas.fill([&](Vec2 at) {
    const Vec2 p = frame.to_local(at);
    const float row = std::floor(p.y * wide);
    const float within = p.y * wide - row;
    const float own = lattice_value(static_cast<int>(row), 7, salt);
    const float grain = fractal({p.x * 2.5f + own * 40, p.y * 26}, 3, salt + 1);
    const float seam = smoothstep(0.04f, 0.0f, std::min(within, 1 - within));
    return Surface{0.004f * grain - 0.01f * seam,
                   wood * ((0.72f + 0.5f * grain) * (0.8f + 0.35f * own) * (1 - 0.5f * seam)),
                   0.1f};
  });
}

void marble(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color stone = dice.chance(0.6f) ? dice.color(kCrockery) : rgb(0x33363B);
  const Color vein = stone.g > 0.3f ? stone * 0.55f : stone * 4;
  const std::uint32_t salt = dice.salt();
  canvas.fill([&](Vec2 at) {
    const Vec2 p = frame.to_local(at);
    const float warp = fractal(p * 3, 3, salt);
    const float line = std::abs(sine(p.x * 0.8f + p.y * 0.5f + warp * 1.6f));
    const float faint = fractal(p * 5, 2, salt + 5);
    return Surface{
        0, mix(stone * (0.9f + 0.2f * faint), vein, 0.6f * smoothstep(0.16f, 0.0f, line)), 0.15f};
  });
}

void linen(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color thread = dice.chance(0.5f) ? dice.color(kBright) * 0.9f : dice.color(kCrockery);
  const std::uint32_t salt = dice.salt();
  canvas.fill([&](Vec2 at) {
    const Vec2 p = frame.to_local(at);
    const float weave = noise({p.x * 55, p.y * 9}, salt) + noise({p.x * 9, p.y * 55}, salt + 1);
    const float fold = fractal(p * 1.8f, 2, salt + 2);
    return Surface{0.06f * fold, thread * (0.8f + 0.2f * weave)};
  });
}

// A checked or striped cloth: the two directions' stripes mix where they cross.
void gingham(Canvas& canvas, Dice& dice, const Frame& frame, bool checked) {
  const Color ground = dice.chance(0.75f) ? rgb(0xF2EEE4) : dice.color(kCrockery);
  const Color stripe = dice.color(kBright);
  const std::uint32_t salt = dice.salt();
  const float pitch = dice.between(4, 9);
  const auto band = [&](float x) {
    const float t = x * pitch - std::floor(x * pitch);
    return smoothstep(0.22f, 0.26f, std::abs(t - 0.5f));
  };
  canvas.fill([&](Vec2 at) {
    const Vec2 p = frame.to_local(at);
    const float fold = fractal(p * 2.2f, 2, salt);
    const float weave = noise(p * 60, salt + 2);
    const float ink = checked ? 0.5f * (band(p.x) + band(p.y)) : band(p.x);
    return Surface{0.05f * fold, mix(ground, stripe, 0.9f * ink) * (0.9f + 0.15f * weave)};
  });
}

void napkin(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color cloth = dice.color(kBright);
  const Color hem = dice.chance(0.5f) ? rgb(0xF6F2EA) : cloth * 0.6f;
  const std::uint32_t salt = dice.salt();
  const Vec2 half = {0.95f, dice.between(0.5f, 0.95f)};
  canvas.draw(
      frame, half, 0.06f, [&](Vec2 p) { return box(p, half, 0.05f); },
      [&](Vec2 p, float d) {
        const float fold = 0.14f * fractal(p * 1.5f, 2, salt) + 0.05f * std::abs(p.x + 0.2f * p.y);
        const bool hemmed = d > -0.12f && d < -0.07f;
        return Surface{fold + bevel(d, 0.04f, 0.02f), hemmed ? hem : cloth};
      });
}

// Seen from above: a cup of tea or coffee, or a glass of something bright.
void cup(Canvas& canvas, Dice& dice, const Frame& frame) {
  const bool glass = dice.chance(0.5f);
  const Color wall = glass ? rgb(0xD5E2E6) : dice.color(kCrockery);
  const Color drink = glass ? dice.color(kBright) : dice.color(kDark);
  const Color saucer = dice.color(kBright);
  if (!glass) {
    canvas.draw(
        frame, {1, 1}, 0.08f, [](Vec2 p) { return circle(p, 0.98f); },
        [&](Vec2 p, float) {
          return Surface{0.12f * smoothstep(0.6f, 0.98f, length(p)), saucer, 0.4f};
        });
    canvas.draw(
        frame, {1, 0.3f}, 0.12f,
        [](Vec2 p) {
          return box(p - Vec2{0.7f, 0}, {0.22f, 0.08f}, 0.07f);
        },
        [&](Vec2, float d) {
          return Surface{bevel(d, 0.08f, 0.08f), wall, 0.5f};
        });
  }
  const float radius = glass ? 0.75f : 0.62f;
  canvas.draw(
      frame, {radius, radius}, 0.3f, [&](Vec2 p) { return circle(p, radius); },
      [&](Vec2, float d) {
        return Surface{bevel(d, 0.08f, 0.08f), wall, 0.7f};
      });
  const float level = radius - 0.1f;
  canvas.draw(
      frame, {level, level}, 0, [&](Vec2 p) { return circle(p, level); },
      [&](Vec2 p, float d) {
        const float glint = smoothstep(0.05f, 0.0f, std::abs(d + 0.12f)) * saturate(-p.y - p.x);
        return Surface{0, mix(drink * mix(1.0f, 0.7f, smoothstep(-0.2f, 0.0f, d)), rgb(0xFFFFFF),
                              0.6f * glint)};
      });
}

void flower(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color petal = dice.color(kBright);
  const Color middle = dice.color(kYellow);
  const float petals = static_cast<float>(dice.whole(5, 8));
  canvas.draw(
      frame, {1, 1}, 0.15f,
      [&](Vec2 p) {
        const float lobe = std::abs(sine(angle(p) * petals * 0.5f));
        return length(p) - 0.5f - 0.45f * lobe;
      },
      [&](Vec2 p, float d) {
        return Surface{bevel(d, 0.25f, 0.15f), petal * (0.65f + 0.4f * length(p)), 0.1f};
      });
  canvas.draw(
      frame, {0.3f, 0.3f}, 0.05f, [](Vec2 p) { return circle(p, 0.28f); },
      [&](Vec2 p, float) {
        return Surface{dome(p * 3.5f, 0.2f), middle};
      });
}

void telephone(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color shell = rgb(0x1B1D20);
  const Color top = dice.color(kBright), bottom = dice.color(kBright);
  canvas.draw(
      frame, {0.5f, 0.95f}, 0.08f,
      [](Vec2 p) {
        return box(p, {0.48f, 0.95f}, 0.12f);
      },
      [&](Vec2 p, float d) {
        const Vec2 t = {p.x * 4 - std::floor(p.x * 4) - 0.5f, p.y * 4 - std::floor(p.y * 4) - 0.5f};
        const bool icon = box(t, {0.27f, 0.27f}, 0.08f) < 0 && std::abs(p.y) < 0.5f;
        const Color screen = icon ? rgb(0xF4F6F8) : mix(top, bottom, 0.5f + 0.5f * p.y);
        return Surface{bevel(d, 0.05f, 0.04f), d > -0.06f ? shell : screen, 0.4f};
      });
}

void coaster(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color first = dice.color(kBright);
  const Color second = dice.chance(0.5f) ? dice.color(kBright) : rgb(0xF4F0E6);
  const float rings = dice.between(2, 5);
  canvas.draw(
      frame, {0.9f, 0.9f}, 0.08f, [](Vec2 p) { return circle(p, 0.88f); },
      [&](Vec2 p, float d) {
        const bool inner = sine(length(p) * rings) > 0;
        return Surface{bevel(d, 0.06f, 0.05f), inner ? first : second, 0.1f};
      });
}

}  // namespace

void table(Canvas& canvas, Dice& dice) {
  const Frame frame({{0.5f, 0.5f}, dice.turn(), 1});
  switch (dice.below(6)) {
    case 0:
    case 1: return planks(canvas, dice, frame);
    case 2: return marble(canvas, dice, frame);
    case 3: return linen(canvas, dice, frame);
    case 4: return gingham(canvas, dice, frame, true);
    default: return gingham(canvas, dice, frame, false);
  }
}

void thing(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(9)) {
    case 0:
    case 1: return napkin(canvas, dice, frame);
    case 2:
    case 3: return cup(canvas, dice, frame);
    case 4: return flower(canvas, dice, frame);
    case 5: return telephone(canvas, dice, frame);
    case 6: return plate(canvas, dice, frame, 0.95f);
    case 7: return bowl(canvas, dice, frame.level(frame.tilt()), 0.8f);
    default: return coaster(canvas, dice, frame);
  }
}

void cutlery(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color metal = dice.chance(0.75f) ? rgb(0xC2C6CB) : rgb(0xC9A24C);
  const Color wood = dice.color(kWood) * 0.8f;
  const int kind = dice.below(4);
  const auto fork = [](Vec2 p) {
    const float head = box(p - Vec2{-0.72f, 0}, {0.26f, 0.15f}, 0.04f);
    const float gaps = std::max(std::abs(std::abs(p.y) - 0.06f) - 0.028f, p.x + 0.62f);
    return std::min(std::max(head, -gaps), capsule(p, {-0.5f, 0}, {0.95f, 0}, 0.04f, 0.055f));
  };
  const auto knife = [](Vec2 p) {
    return std::min(ellipse(p - Vec2{-0.4f, 0.02f}, {0.58f, 0.09f}),
                    capsule(p, {0.05f, 0}, {0.93f, 0}, 0.05f, 0.065f));
  };
  const auto spoon = [](Vec2 p) {
    return join(ellipse(p - Vec2{-0.7f, 0}, {0.28f, 0.18f}),
                capsule(p, {-0.5f, 0}, {0.95f, 0}, 0.03f, 0.055f), 0.05f);
  };
  const auto sticks = [](Vec2 p) {
    return std::min(capsule(p, {-0.97f, -0.05f}, {0.95f, -0.1f}, 0.025f, 0.045f),
                    capsule(p, {-0.97f, 0.04f}, {0.95f, 0.1f}, 0.025f, 0.045f));
  };
  const auto paint = [&](const auto& shape, Color color, float gloss) {
    canvas.draw(frame, {1, 0.22f}, 0.06f, shape, [&](Vec2, float d) {
      return Surface{bevel(d, 0.06f, 0.045f), color, gloss};
    });
  };
  switch (kind) {
    case 0: return paint(fork, metal, 0.8f);
    case 1: return paint(knife, metal, 0.8f);
    case 2: return paint(spoon, metal, 0.8f);
    default: return paint(sticks, wood, 0.3f);
  }
}

}  // namespace backlight::demo
