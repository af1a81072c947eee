// The random choices of a scene. Draw inside braces or one to a statement: the order in which a
// compiler evaluates a call's arguments is its own, and the order of the draws is the scene.
#pragma once

#include <cstdint>

#include "models/demo/color.h"
#include "tensor/random.h"

namespace backlight::demo {

class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t stream) : random_(seed, stream) {}

  float between(float low, float high) { return mix(low, high, random_.uniform()); }
  float spread(float reach) { return between(-reach, reach); }
  float turn() { return random_.uniform(); }
  bool chance(float probability) { return random_.uniform() < probability; }
  int below(int count) { return random_.below(count); }
  // A whole number from low to high, both included.
  int whole(int low, int high) { return low + random_.below(high - low + 1); }
  // Chooses a texture.
  std::uint32_t salt() { return static_cast<std::uint32_t>(random_.below(1 << 30)); }

  // Uniform in the disc of this radius.
  Vec2 in_disc(float radius) {
    const float distance = radius * std::sqrt(random_.uniform());
    return direction(random_.uniform()) * distance;
  }

  // Between two colours of a palette, a little lighter or darker.
  Color color(Palette palette) {
    const int count = static_cast<int>(palette.size());
    const Color first = palette[static_cast<std::size_t>(below(count))];
    const Color second = palette[static_cast<std::size_t>(below(count))];
    const Color between_them = mix(first, second, random_.uniform());
    return between_them * between(0.85f, 1.1f);
  }
  // A colour of the first palette, shifted by `share` towards one of the second.
  Color blend(Palette first, Palette second, float share) {
    const Color from = color(first);
    return mix(from, color(second), share);
  }

 private:
  Random random_;
};

}  // namespace backlight::demo
