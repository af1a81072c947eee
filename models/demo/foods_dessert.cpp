// Dessert: a doughnut, a slice of layer cake, a cupcake, an ice cream.
#include "models/demo/dishes.h"
#include "models/demo/foods.h"
#include "models/demo/noise.h"

namespace backlight::demo {
namespace {

Color icing_color(Dice& dice) {
  switch (dice.below(4)) {
    case 0: return dice.color(kPink);
    case 1: return dice.color(kDark);
    case 2: return dice.color(kCream);
    default: return dice.color(kCrust);
  }
}

// Short rods of bright sugar, one to a cell: draws over `color` at p.
Color sprinkled(Color color, Vec2 p, float density, std::uint32_t salt) {
  const Vec2 q = p * density;
  const int x = static_cast<int>(std::floor(q.x)), y = static_cast<int>(std::floor(q.y));
  const std::uint32_t id = lattice_hash(x, y, salt);
  const Vec2 center = {static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f};
  const Vec2 rod = direction(static_cast<float>(id & 255) / 256) * 0.24f;
  const float d = capsule(q - center, rod * -1.0f, rod, 0.13f, 0.13f);
  return mix(color, kBright[id >> 8 & 7], smoothstep(0.06f, -0.06f, d));
}

void doughnut(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color dough = dice.color(kCrust);
  const Color icing = icing_color(dice);
  const std::uint32_t salt = dice.salt();
  const float ring = dice.between(0.58f, 0.64f);
  const bool sprinkles = dice.chance(0.6f);
  const float drizzle = dice.chance(0.4f) ? 1.0f : 0.0f;
  const Color stripe = dice.color(kCream);
  const float tube = 0.96f - ring;
  canvas.draw(
      frame, {1, 1}, 0.2f, [&](Vec2 p) { return std::abs(circle(p, ring)) - tube; },
      [&](Vec2 p, float d) {
        const float r = (length(p) - ring) / tube;
        const float edge = std::abs(r) - 0.72f - 0.3f * (noise(p * 4, salt) - 0.5f);
        const float iced = smoothstep(0.05f, -0.05f, edge);
        Color top = sprinkles ? sprinkled(icing, p, 6.5f, salt + 2) : icing;
        const float line = std::abs(sine(p.x * 1.9f + 0.3f * p.y));
        top = mix(top, stripe, sprinkles ? 0.0f : drizzle * smoothstep(0.3f, 0.2f, line));
        const float height = 0.36f * std::sqrt(saturate(1 - r * r)) + 0.05f * iced;
        const Color baked = dough * (0.75f + 0.4f * fractal(p * 6, 2, salt + 7));
        return Surface{height + bevel(d, 0.05f, 0.02f), mix(baked, top, iced), 0.08f + 0.4f * iced};
      });
}

// A slice seen from its side and a little from above: layers below, the iced triangle on top.
void cake(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.03f));
  plate(canvas, dice, front.at({{0, 0.5f}}).level(0.5f), 1.1f);
  const Color sponge = dice.chance(0.35f) ? dice.color(kDark) : dice.color(kCrust);
  const Color cream = dice.color(kCream);
  const Color icing = icing_color(dice);
  const std::uint32_t salt = dice.salt();
  const float layers = static_cast<float>(dice.whole(2, 3));
  const float top = dice.between(-0.3f, -0.15f), thick = dice.between(0.75f, 0.95f);
  const Vec2 tip = {-0.9f, top + 0.12f}, right = {0.85f, top + 0.02f}, back = {0.5f, top - 0.42f};
  const Vec2 down = {0, thick};
  canvas.draw(
      front, {1, 1}, 0.14f,
      [&](Vec2 p) {
        return convex(p, {tip, right, right + down, tip + down}, 0.03f);
      },
      [&](Vec2 p, float d) {
        const float level = (p.y - mix(tip.y, right.y, saturate(0.5f * (p.x + 1)))) / thick;
        const float within = level * layers - std::floor(level * layers);
        const bool filling = within > 0.8f && level < 0.95f;
        const float crumbs = fractal(p * 13, 2, salt);
        Color color = filling ? cream : sponge * (0.7f + 0.5f * crumbs);
        if (level < 0.1f) color = icing;
        if (p.x > 0.8f) color = icing * 0.85f;
        return Surface{bevel(d, 0.04f, 0.03f) + (filling ? 0.02f : 0.03f * crumbs), color * 0.85f,
                       0.05f};
      });
  canvas.draw(
      front, {1, 1}, 0,
      [&](Vec2 p) {
        return convex(p, {tip, back, right}, 0.04f);
      },
      [&](Vec2 p, float d) {
        return Surface{bevel(d, 0.07f, 0.04f) + 0.02f * noise(p * 8, salt + 1), icing * 1.05f,
                       0.3f};
      });
  const Color swirl = dice.color(kCream);
  const Vec2 dollop = {0.42f, top - 0.2f};
  canvas.draw(
      front.at({dollop, 0, 0.24f}), {1, 1}, 0.2f,
      [](Vec2 p) {
        return ellipse(p, {1, 0.75f});
      },
      [&](Vec2 p, float) {
        return Surface{dome(p, 0.8f) + 0.08f * sine(3 * (length(p) + angle(p))), swirl, 0.2f};
      });
  if (dice.chance(0.7f)) berry(canvas, dice, front.at({dollop + Vec2{0, -0.16f}, 0, 0.15f}));
}

// Whipped cream in rounds that shrink towards the top, drawn from the bottom up.
void swirl(Canvas& canvas, Dice& dice, const Frame& front, float from, float width, Color cream) {
  const int rounds = dice.whole(3, 4);
  const float lean = dice.spread(0.04f);
  for (int i = 0; i < rounds; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(rounds);
    const Vec2 half = {width * (1 - 0.78f * t), width * (0.42f - 0.16f * t)};
    const float slant = 0.1f;
    canvas.draw(
        front.at({{lean * t, from - 0.95f * width * t}}), {1, 1}, 0.04f,
        [&](Vec2 p) {
          return ellipse({p.x, p.y + slant * p.x}, half);
        },
        [&](Vec2 p, float) {
          const Vec2 q = {p.x / half.x, (p.y + slant * p.x) / half.y};
          const float flute = 0.025f * sine(7 * q.x / (1.3f - 0.3f * q.x * q.x) + 1.2f * q.y);
          return Surface{dome(q, half.y * 1.2f) + flute, cream, 0.25f};
        });
  }
}

void cupcake(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.03f));
  const Color wrapper = dice.chance(0.5f) ? dice.color(kBright) : dice.color(kDark);
  const Color cream = icing_color(dice);
  const float pleats = dice.between(5, 8);
  canvas.draw(
      front, {0.8f, 1}, 0.16f,
      [](Vec2 p) {
        const float half = mix(0.68f, 0.5f, saturate(p.y));
        return std::max({std::abs(p.x) - half, -p.y, p.y - 0.95f + 0.15f * p.x * p.x});
      },
      [&](Vec2 p, float) {
        const float u = p.x / mix(0.68f, 0.5f, saturate(p.y));
        const float fold = sine(u * pleats * (0.75f + 0.25f * u * u));
        return Surface{0.4f * std::sqrt(saturate(1 - u * u)) + 0.02f * fold,
                       wrapper * (0.9f + 0.15f * fold), 0.1f};
      });
  swirl(canvas, dice, front, -0.05f, 0.85f, cream);
  berry(canvas, dice, front.at({{0, -0.88f}, 0, 0.16f}));
}

void ice_cream(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Frame front = frame.upright(dice.spread(0.1f));
  const Color wafer = dice.color(kCrust);
  canvas.draw(
      front, {0.6f, 1.05f}, 0.15f,
      [](Vec2 p) {
        return convex(p, {{-0.44f, -0.1f}, {0.44f, -0.1f}, {0.0f, 0.98f}}, 0.02f);
      },
      [&](Vec2 p, float) {
        const float half = 0.44f * saturate((0.98f - p.y) / 1.08f) + 0.02f;
        const float u = p.x / half;
        const float a = std::abs(sine(2.6f * (p.x + 0.55f * p.y)));
        const float b = std::abs(sine(2.6f * (p.x - 0.55f * p.y)));
        const float groove = smoothstep(0.3f, 0.1f, std::min(a, b));
        return Surface{half * 0.8f * std::sqrt(saturate(1 - u * u)) - 0.02f * groove,
                       wafer * (1 - 0.35f * groove), 0.08f};
      });
  const int scoops = dice.whole(1, 3);
  for (int i = 0; i < scoops; ++i) {
    const Color flavour = icing_color(dice);
    const std::uint32_t salt = dice.salt();
    const bool top = i == scoops - 1;
    const Vec2 place = scoops == 1 ? Vec2{0, -0.38f}
                       : top && i > 0
                           ? Vec2{0.05f, -0.62f}
                           : Vec2{scoops == 2 ? 0.0f : (i == 0 ? -0.26f : 0.26f), -0.25f};
    canvas.draw(
        front.at({place, 0, scoops == 1 ? 0.56f : 0.44f}), {1.2f, 1.2f}, 0.15f,
        [&](Vec2 p) {
          const float skirt = ellipse({p.x, p.y - 0.62f}, {1.0f, 0.3f}) +
                              0.12f * (noise({p.x * 4, 0}, salt) - 0.5f);
          return join(circle(p, 0.94f), skirt, 0.15f);
        },
        [&](Vec2 p, float d) {
          const float rough = fractal({p.x * 3.2f, p.y * 6}, 3, salt + 1);
          return Surface{dome(p, 0.9f) + bevel(d, 0.2f, 0.1f) + 0.1f * rough,
                         flavour * (0.9f + 0.2f * rough), 0.12f};
        });
  }
}

}  // namespace

// A round biscuit with drops of chocolate.
void cookie(Canvas& canvas, Dice& dice, const Frame& frame) {
  const Color dough = dice.color(kCrust);
  const Color drops = dice.color(kDark);
  const std::uint32_t salt = dice.salt();
  canvas.draw(
      frame, {1, 1}, 0.2f, [](Vec2 p) { return circle(p, 0.95f); },
      [&](Vec2 p, float d) {
        const Cell drop = cell(p * 2.4f, salt);
        const float chocolate = smoothstep(0.34f, 0.26f, drop.distance);
        return Surface{bevel(d, 0.4f, 0.2f) + 0.1f * chocolate + 0.05f * noise(p * 8, salt),
                       mix(dough, drops, chocolate), 0.1f + 0.3f * chocolate};
      });
}

void dessert(Canvas& canvas, Dice& dice, const Frame& frame) {
  switch (dice.below(4)) {
    case 0: return doughnut(canvas, dice, frame);
    case 1: return cake(canvas, dice, frame);
    case 2: return cupcake(canvas, dice, frame);
    default: return ice_cream(canvas, dice, frame);
  }
}

}  // namespace backlight::demo
