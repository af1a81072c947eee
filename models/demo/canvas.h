// A picture painted back to front from shapes with a surface. Every shape is antialiased by its
// distance, lit by the slope of its relief, and casts a soft shadow on what lies beneath.
#pragma once

#include <cstdint>
#include <vector>

#include "models/demo/color.h"
#include "models/demo/shapes.h"

namespace backlight::demo {

// What a material is at one point: its height in the frame's units, its colour, how strongly it
// glints, and how much it hides of what is below.
struct Surface {
  float height = 0;
  Color color;
  float gloss = 0;
  float opacity = 1;
};

// Whose pixels are being painted: the food that gives the label, another food, or a thing.
enum class Owner { kThing, kFood, kOther };

struct Light {
  float x, y, z;   // unit vector towards the lamp; z is towards the viewer
  Color color;     // of the lamp; a flat white surface comes out in it
  float softness;  // share of the light that comes from everywhere
};

class Canvas {
 public:
  Canvas(int size, const Light& light);

  int size() const { return size_; }

  // Chooses the owner of what is painted next; returns the one before.
  Owner paint_as(Owner owner);

  // Paints one shape. `shape(p)` is the signed distance at the local point p, `material(p,
  // distance)` the Surface there; `extent` bounds the shape's |x| and |y|, and `lift` is how high
  // it floats, which sets the length of its shadow (0: no shadow). All in the frame's units.
  template <class Shape, class Material>
  void draw(const Frame& frame, Vec2 extent, float lift, const Shape& shape,
            const Material& material) {
    const Box box = bounds(frame, extent, lift * frame.scale());
    if (box.empty()) return;
    const float pixel = 1.0f / static_cast<float>(size_);
    std::size_t i = 0;
    for (int y = box.top; y < box.bottom; ++y) {
      for (int x = box.left; x < box.right; ++x, ++i) {
        const Vec2 p = frame.to_local(center_of(x, y));
        const float local = shape(p);
        distance_[i] = local * frame.scale();
        surface_[i] = Surface{};
        if (distance_[i] < 2 * pixel) {
          surface_[i] = material(p, local);
          surface_[i].height *= frame.scale();
        }
      }
    }
    composite(box, lift * frame.scale());
  }

  // Covers the whole picture with a material of picture coordinates.
  template <class Material>
  void fill(const Material& material) {
    draw(
        Frame(Pose{{0.5f, 0.5f}}), {0.5f, 0.5f}, 0, [](Vec2) { return -1.0f; },
        [&](Vec2 p, float) { return material(p); });
  }

  // Multiplies the light by `factor(p)`, p in picture coordinates.
  template <class Factor>
  void relight(const Factor& factor) {
    for (int y = 0; y < size_; ++y) {
      for (int x = 0; x < size_; ++x) {
        Color& color = pixels_[index_of(x, y)].color;
        color = color * factor(center_of(x, y));
      }
    }
  }

  // The picture as 8-bit R,G,B, row by row.
  std::vector<std::uint8_t> encode() const;
  // 1 where the paint of this owner, kFood or kOther, is what one mostly sees, else 0.
  std::vector<std::uint8_t> mask(Owner owner) const;

 private:
  struct Pixel {
    Color color;
    float food = 0, other = 0;  // the shares of this pixel that those owners cover
  };
  struct Box {
    int left, top, right, bottom;
    bool empty() const { return left >= right || top >= bottom; }
  };

  Vec2 center_of(int x, int y) const {
    return {(static_cast<float>(x) + 0.5f) / static_cast<float>(size_),
            (static_cast<float>(y) + 0.5f) / static_cast<float>(size_)};
  }
  std::size_t index_of(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_) +
           static_cast<std::size_t>(x);
  }
  // The pixels that a shape and its shadow may touch, and room for them in the scratch arrays.
  Box bounds(const Frame& frame, Vec2 extent, float lift);
  // Shades what draw() left in the scratch arrays and lays it over the picture.
  void composite(const Box& box, float lift);
  Color shade(const Surface& surface, float slope_x, float slope_y) const;

  int size_;
  Light light_;
  float half_x_, half_y_, half_z_;  // halfway between the lamp and the viewer, a unit vector
  Owner owner_ = Owner::kThing;
  std::vector<Pixel> pixels_;
  std::vector<float> distance_;  // scratch of draw(): signed distance in picture units
  std::vector<Surface> surface_;
};

}  // namespace backlight::demo
