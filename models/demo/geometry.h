// The mathematics of the demo scenes. Only +, -, *, /, sqrt and floor are used, which IEEE 754
// rounds alike on every machine, so that a scene has the same bytes everywhere; sines and angles
// are short polynomials for the same reason. Angles are in turns: 0.25 is a right angle.
#pragma once

#include <algorithm>
#include <cmath>

namespace backlight::demo {

struct Vec2 {
  float x = 0, y = 0;
};

inline Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
inline Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
inline Vec2 operator*(Vec2 a, Vec2 b) { return {a.x * b.x, a.y * b.y}; }
inline Vec2 operator*(Vec2 a, float s) { return {a.x * s, a.y * s}; }
inline float dot(Vec2 a, Vec2 b) { return a.x * b.x + a.y * b.y; }
inline float length(Vec2 a) { return std::sqrt(dot(a, a)); }

inline float mix(float a, float b, float t) { return a + (b - a) * t; }
inline float saturate(float x) { return std::clamp(x, 0.0f, 1.0f); }

// 0 at x = from, 1 at x = to, smooth between; `from` may be the larger.
inline float smoothstep(float from, float to, float x) {
  const float t = saturate((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

// sin(2 pi t) to within 0.001: a parabola through the zeros, corrected once.
inline float sine(float turns) {
  const float t = turns - std::floor(turns + 0.5f);
  const float parabola = 8 * t - 16 * t * std::abs(t);
  return 0.225f * (parabola * std::abs(parabola) - parabola) + parabola;
}
inline float cosine(float turns) { return sine(turns + 0.25f); }
inline Vec2 direction(float turns) { return {cosine(turns), sine(turns)}; }

// The angle of a vector, in (-0.5, 0.5] turns, to within 0.001.
inline float angle(Vec2 v) {
  const float ax = std::abs(v.x), ay = std::abs(v.y);
  const float slope = std::min(ax, ay) / (std::max(ax, ay) + 1e-9f);
  const float eighth = slope * (0.15476f - 0.03054f * slope * slope);
  const float quarter = ay > ax ? 0.25f - eighth : eighth;
  const float half = v.x < 0 ? 0.5f - quarter : quarter;
  return v.y < 0 ? -half : half;
}

// Where a frame's child sits: offset and size in the parent's units. An aggregate, because
// random numbers drawn inside braces are drawn from left to right with every compiler.
struct Pose {
  Vec2 offset;
  float turn = 0;
  float scale = 1;
};

// A local coordinate system of the picture, whose own coordinates are [0, 1] x [0, 1], y down.
// local = rotate(-turn)((p - origin) / (1, tilt)) / scale: tilt < 1 is a table seen at an angle.
class Frame {
 public:
  explicit Frame(const Pose& pose, float tilt = 1)
      : origin_(pose.offset),
        turn_(pose.turn),
        scale_(pose.scale),
        tilt_(tilt),
        axis_(direction(pose.turn)) {}

  float scale() const { return scale_; }
  float tilt() const { return tilt_; }
  Vec2 to_local(Vec2 p) const {
    const Vec2 q = {(p.x - origin_.x) / scale_, (p.y - origin_.y) / (scale_ * tilt_)};
    return {q.x * axis_.x + q.y * axis_.y, q.y * axis_.x - q.x * axis_.y};
  }
  Vec2 to_picture(Vec2 q) const {
    const Vec2 turned = {q.x * axis_.x - q.y * axis_.y, q.x * axis_.y + q.y * axis_.x};
    return {origin_.x + turned.x * scale_, origin_.y + turned.y * scale_ * tilt_};
  }
  // A frame placed within this one.
  Frame at(const Pose& pose) const {
    return Frame({to_picture(pose.offset), turn_ + pose.turn, scale_ * pose.scale}, tilt_);
  }
  // The same place and size, seen from the front: no tilt, and turned by just this much.
  Frame upright(float turn = 0) const { return Frame({origin_, turn, scale_}); }
  // The same place and size on a table of this tilt, not turned.
  Frame level(float tilt) const { return Frame({origin_, 0, scale_}, tilt); }
  // The same place and size on a table seen from straight above.
  Frame flat() const { return Frame({origin_, turn_, scale_}); }

 private:
  Vec2 origin_;
  float turn_, scale_, tilt_;
  Vec2 axis_;
};

}  // namespace backlight::demo
