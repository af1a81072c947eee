// Dairy product: a wedge of cheese, a glass of milk, a cup of yoghurt, a block of butter.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

// Round holes scattered one to a cell: how deep the point lies in one, 0 to 1.
float holes(Vec2 p, float density, std::uint32_t salt) {
  const Cell hole = cell(p * density, salt);
  const float radius = 0.16f + 0.2f * static_cast<float>(hole.id >> 8 & 255) / 255;
  return smoothstep(radius, radius - 0.08f, hole.distance);
}

// A wedge seen from above at an angle: the triangle of its top, and the cut side below it.
void cheese_wedge(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.06f));
  if (dice.chance(0.6f)) board(canvas, dice, front, {1.2f, 0.85f});
  const Color paste = dice.chance(0.7f) ? dice.color(kYellow) : dice.color(kCream);
  const Color rind = dice.chance(0.5f) ? paste * 0.6f : dice.color(kCrust);
  const std::uint32_t salt = dice.salt();
  const float thick = dice.between(0.4f, 0.6f);
  const Vec2 tip = {-0.95f, dice.between(0.0f, 0.15f)};
  const Vec2 back = {0.72f, -0.55f}, corner = {0.92f, dice.between(-0.05f, 0.1f)};
  const Vec2 down = {0, thick};
  const float density = dice.between(2.4f, 3.6f);
  const bool holed = dice.chance(0.8f);
  const auto material = [&](float shade, float stretch) {
    return [=](Vec2 p, float d) {
      const float hole = holed ? holes({p.x, p.y * stretch}, density, salt) : 0.0f;
      const float mottled = 0.92f + 0.16f * noise(p * 5, salt + 1);
      const bool at_rind = capsule(p, back, corner, 0.1f, 0.1f) < 0 || p.x > corner.x - 0.1f;
      const Color color = at_rind ? rind : mix(paste, paste * 0.5f, 0.75f * hole);
      return Surface{bevel(d, 0.04f, 0.02f) - 0.12f * hole, color * (shade * mottled), 0.15f};
    };
  };
  canvas.draw(
      front, {1, 1}, 0.18f,
      [&](Vec2 p) {
        return convex(p, {tip, corner, corner + down, tip + down}, 0.03f);
      },
      material(0.72f, 1.0f));
  canvas.draw(
      front, {1, 1}, 0,
      [&](Vec2 p) {
        return convex(p, {tip, back, corner}, 0.03f);
      },
      material(1.05f, 1.5f));
}

// A glass seen from the side, filled with milk.
void milk(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.02f));
  const float foot = dice.between(0.36f, 0.46f);
  const float mouth = foot + dice.between(0.04f, 0.16f);
  const float level = dice.between(-0.7f, -0.4f);
  const Color liquid = dice.color(kCream);
  const auto half_width = [&](float y) { return mix(mouth, foot, saturate(0.5f * (y + 1))); };
  const float flat = 0.2f;  // how round the mouth looks
  const auto body = [&](float top, float inset) {
    return [&, top, inset](Vec2 p) {
      const float half = half_width(p.y) - inset;
      const float side = std::abs(p.x) - half;
      const float lid = p.y < top ? ellipse({p.x, p.y - top}, {half, half * flat}) : -1.0f;
      const float base = p.y > 0.85f ? ellipse({p.x, p.y - 0.85f}, {half, half * flat}) : -1.0f;
      return std::max({side, lid, base});
    };
  };
  const auto round = [&](Vec2 p) {
    const float q = p.x / half_width(p.y);
    return 0.45f * std::sqrt(std::max(0.0f, 1 - q * q));
  };
  const Owner owner = canvas.paint_as(Owner::kThing);
  canvas.draw(front, {1, 1.05f}, 0.12f, body(-0.9f, 0), [&](Vec2 p, float) {
    return Surface{round(p), rgb(0xDDE8EA), 0.5f, 0.55f};
  });
  canvas.paint_as(owner);
  canvas.draw(front, {1, 1}, 0, body(level, 0.05f), [&](Vec2 p, float) {
    return Surface{round(p), liquid * mix(1.0f, 0.88f, saturate(p.y)), 0.35f};
  });
  const float inner = half_width(level) - 0.05f;
  canvas.draw(
      front.at({{0, level}}), {1, 0.3f}, 0,
      [&](Vec2 p) {
        return ellipse(p, {inner, inner * flat});
      },
      [&](Vec2, float d) {
        return Surface{0, liquid * mix(0.8f, 1.06f, smoothstep(0.0f, -0.05f, d)), 0};
      });
  canvas.paint_as(Owner::kThing);
  canvas.draw(
      front.at({{0, -0.9f}}), {1, 0.3f}, 0,
      [&](Vec2 p) {
        return std::abs(ellipse(p, {mouth, mouth * flat})) - 0.02f;
      },
      [&](Vec2, float) {
        return Surface{0, rgb(0xF2F8FA), 0, 0.75f};
      });
  canvas.draw(
      front, {1, 1}, 0,
      [&](Vec2 p) {
        return capsule(p, {-0.7f * mouth, -0.7f}, {-0.7f * foot, 0.6f}, 0.035f, 0.02f);
      },
      [](Vec2, float) {
        return Surface{0, rgb(0xFFFFFF), 0, 0.6f};
      });
  canvas.paint_as(owner);
}

// A cup from above, full of stirred yoghurt with a spiral in it.
void yoghurt(Canvas& canvas, Dice& dice, const Frame& frame) {
  bowl(canvas, dice, frame, 1);
  const Color white = dice.color(kCream);
  const Color fruit = dice.chance(0.6f) ? mix(white, dice.color(kPink), 0.7f) : white;
  const float arms = dice.between(1.6f, 2.6f);
  const float phase = dice.turn();
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {0.88f, 0.88f}, 0, [](Vec2 p) { return circle(p, 0.86f); },
      [&](Vec2 p, float) {
        const float r = length(p);
        const float wobble = 0.35f * noise(p * 2.5f, salt);
        const float wave = sine(angle(p) + phase + arms * r * 1.6f + wobble);
        return Surface{0.07f * wave * smoothstep(0.0f, 0.2f, r) + 0.12f * (1 - r),
                       mix(white, fruit, 0.5f + 0.5f * wave), 0.35f};
      });
  const int berries = dice.below(4);
  for (int i = 0; i < berries; ++i) {
    const Owner owner = canvas.paint_as(Owner::kThing);
    berry(canvas, dice, frame.at({dice.in_disc(0.4f), dice.turn(), 0.15f}));
    canvas.paint_as(owner);
  }
}

// A block with its top and front, and slices cut off one end.
void butter(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.05f));
  if (dice.chance(0.5f)) {
    plate(canvas, dice, front.at({{0, 0.15f}}).level(0.6f), 1.25f);
  } else {
    board(canvas, dice, front, {1.2f, 0.75f});
  }
  const Color fat = dice.blend(kYellow, kCream, 0.6f);
  const std::uint32_t salt = dice.salt();
  const float skew = dice.between(0.12f, 0.3f), thick = dice.between(0.34f, 0.46f);
  const auto block = [&](float left, float right) {
    const Vec2 a = {left + skew, -0.35f}, b = {right + skew, -0.35f};
    const Vec2 c = {right, 0.05f}, e = {left, 0.05f}, down = {0, thick};
    const auto face = [&](float shade) {
      return [&, shade](Vec2 p, float d) {
        const float smear = 0.95f + 0.1f * noise({p.x * 3, p.y * 12}, salt);
        return Surface{bevel(d, 0.05f, 0.03f), fat * (shade * smear), 0.3f};
      };
    };
    canvas.draw(
        front, {1.1f, 1.1f}, 0.1f,
        [&](Vec2 p) {
          return convex(p, {e, c, c + down, e + down}, 0.03f);
        },
        face(0.8f));
    canvas.draw(
        front, {1.1f, 1.1f}, 0,
        [&](Vec2 p) {
          return convex(p, {c, b, b + down, c + down}, 0.03f);
        },
        face(0.62f));
    canvas.draw(
        front, {1.1f, 1.1f}, 0,
        [&](Vec2 p) {
          return convex(p, {a, b, c, e}, 0.03f);
        },
        face(1.05f));
  };
  const float cut = dice.between(0.1f, 0.35f);
  block(-0.95f, cut);
  block(cut + 0.14f, cut + 0.24f);
}

}  // namespace

void cheese_cube(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color paste = dice.color(kYellow);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {0.9f, 0.9f}, 0.5f,
      [](Vec2 p) {
        return box(p, {0.8f, 0.75f}, 0.12f);
      },
      [&](Vec2 p, float d) {
        const float hole = holes(p, 1.3f, salt);
        return Surface{bevel(d, 0.2f, 0.2f) - 0.2f * hole, paste * (1 - 0.4f * hole), 0.15f};
      });
}

void dairy(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(4)) {
    case 0: return cheese_wedge(canvas, dice, frame);
    case 1: return milk(canvas, dice, frame);
    case 2: return yoghurt(canvas, dice, frame);
    default: return butter(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
