// Procedural textures: value noise, its fractal sum, and cells (Worley, "A cellular texture basis
// function", SIGGRAPH 1996). A salt chooses one of 2^32 different textures.
#pragma once

#include <cstdint>

#include "models/demo/geometry.h"

namespace backlight::demo {

// A well-mixed hash of a lattice point.
inline std::uint32_t lattice_hash(int x, int y, std::uint32_t salt) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x8DA6B343u ^
                    static_cast<std::uint32_t>(y) * 0xD8163841u ^ salt * 0xCB1AB31Fu;
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  return h ^ (h >> 15);
}

// The same hash as a number in [0, 1).
inline float lattice_value(int x, int y, std::uint32_t salt) {
  return static_cast<float>(lattice_hash(x, y, salt) >> 8) * 0x1p-24f;
}

// Smooth noise in [0, 1] with one random value per unit square.
inline float noise(Vec2 p, std::uint32_t salt) {
  const float fx = std::floor(p.x), fy = std::floor(p.y);
  const int x = static_cast<int>(fx), y = static_cast<int>(fy);
  const float u = p.x - fx, v = p.y - fy;
  const float su = u * u * (3 - 2 * u), sv = v * v * (3 - 2 * v);
  return mix(mix(lattice_value(x, y, salt), lattice_value(x + 1, y, salt), su),
             mix(lattice_value(x, y + 1, salt), lattice_value(x + 1, y + 1, salt), su), sv);
}

// Fractal noise in [0, 1]: octaves of twice the frequency and half the weight.
inline float fractal(Vec2 p, int octaves, std::uint32_t salt) {
  float sum = 0, total = 0, weight = 1;
  for (int octave = 0; octave < octaves; ++octave) {
    sum += weight * noise(p, salt + static_cast<std::uint32_t>(octave));
    total += weight;
    weight *= 0.5f;
    p = {p.x * 2.03f + 17.1f, p.y * 2.03f + 9.7f};
  }
  return sum / total;
}

// The nearest of the points scattered one to a unit square.
struct Cell {
  float distance;
  std::uint32_t id;  // random bits of that point
};

inline Cell cell(Vec2 p, std::uint32_t salt) {
  const int x = static_cast<int>(std::floor(p.x)), y = static_cast<int>(std::floor(p.y));
  Cell nearest = {1e9f, 0};
  for (int j = y - 1; j <= y + 1; ++j) {
    for (int i = x - 1; i <= x + 1; ++i) {
      const std::uint32_t id = lattice_hash(i, j, salt);
      const Vec2 point = {static_cast<float>(i) + static_cast<float>(id & 0xFFFF) * 0x1p-16f,
                          static_cast<float>(j) + static_cast<float>(id >> 16) * 0x1p-16f};
      const Vec2 offset = p - point;
      const float squared = dot(offset, offset);
      if (squared < nearest.distance) nearest = {squared, id};
    }
  }
  nearest.distance = std::sqrt(nearest.distance);
  return nearest;
}

}  // namespace backlight::demo
