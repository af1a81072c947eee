// Signed distances to plain shapes (negative inside) and the reliefs built on them.
// Source of the formulas: Inigo Quilez, "2D distance functions".
#pragma once

#include <initializer_list>

#include "models/demo/geometry.h"

namespace backlight::demo {

inline float circle(Vec2 p, float radius) { return length(p) - radius; }

// First-order distance to the ellipse with these half axes.
inline float ellipse(Vec2 p, Vec2 half) {
  const Vec2 unit = {p.x / half.x, p.y / half.y};
  const float level = length(unit);
  const float slope = length({unit.x / half.x, unit.y / half.y});
  return level * (level - 1) / (slope + 1e-6f);
}

// Box with corners rounded by `round`.
inline float box(Vec2 p, Vec2 half, float round = 0) {
  const Vec2 q = {std::abs(p.x) - half.x + round, std::abs(p.y) - half.y + round};
  return length({std::max(q.x, 0.0f), std::max(q.y, 0.0f)}) + std::min(std::max(q.x, q.y), 0.0f) -
         round;
}

// Segment from a to b, thickened; its radius goes from ra to rb.
inline float capsule(Vec2 p, Vec2 a, Vec2 b, float ra, float rb) {
  const Vec2 pa = p - a, ba = b - a;
  const float along = saturate(dot(pa, ba) / dot(ba, ba));
  return length(pa - ba * along) - mix(ra, rb, along);
}

// Convex polygon, corners clockwise on the screen, grown by `round`, which rounds its corners.
inline float convex(Vec2 p, std::initializer_list<Vec2> corners, float round = 0) {
  float squared = 1e9f;
  bool outside = false;
  Vec2 from = *(corners.end() - 1);
  for (const Vec2 to : corners) {
    const Vec2 edge = to - from, away = p - from;
    const Vec2 nearest = away - edge * saturate(dot(away, edge) / dot(edge, edge));
    squared = std::min(squared, dot(nearest, nearest));
    outside = outside || away.x * edge.y > away.y * edge.x;
    from = to;
  }
  const float distance = std::sqrt(squared);
  return (outside ? distance : -distance) - round;
}

// Part of a ring around the origin: `reach` turns to either side of +y.
inline float arc(Vec2 p, float radius, float reach, float thickness) {
  const Vec2 end = {sine(reach), cosine(reach)};
  p.x = std::abs(p.x);
  if (end.y * p.x > end.x * p.y) return length(p - end * radius) - thickness;
  return std::abs(length(p) - radius) - thickness;
}

// Straightens a shape bent around (0, radius): x becomes the length along the bow, y the height
// above it (negative y is outwards). Any shape of the result is that shape, bent.
inline Vec2 bend(Vec2 p, float radius) {
  const Vec2 q = {p.x, p.y - radius};
  return {angle({-q.y, q.x}) * 6.2831853f * radius, radius - length(q)};
}

// Union and intersection with a rounded seam of this width.
inline float join(float a, float b, float seam) {
  const float h = saturate(0.5f + 0.5f * (b - a) / seam);
  return mix(b, a, h) - seam * h * (1 - h);
}
inline float carve(float a, float b, float seam) { return -join(-a, -b, seam); }

// Height of a shape with a rounded edge: a quarter circle over the outer `width`, then flat.
inline float bevel(float distance, float width, float height) {
  const float t = saturate(-distance / width);
  return height * std::sqrt(t * (2 - t));
}

// Height of a half ellipsoid over the unit disc, q being the point in units of its half axes.
inline float dome(Vec2 q, float height) {
  return height * std::sqrt(std::max(0.0f, 1 - dot(q, q)));
}

}  // namespace backlight::demo
