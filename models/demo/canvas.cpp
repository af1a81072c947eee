#include "models/demo/canvas.h"

#include <utility>

namespace backlight::demo {

Canvas::Canvas(int size, const Light& light)
    : size_(size),
      light_(light),
      pixels_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {
  const float norm =
      std::sqrt(light.x * light.x + light.y * light.y + (light.z + 1) * (light.z + 1));
  half_x_ = light.x / norm;
  half_y_ = light.y / norm;
  half_z_ = (light.z + 1) / norm;
}

Owner Canvas::paint_as(Owner owner) { return std::exchange(owner_, owner); }

Canvas::Box Canvas::bounds(const Frame& frame, Vec2 extent, float lift) {
  Vec2 low = {1e9f, 1e9f}, high = {-1e9f, -1e9f};
  for (const float sx : {-1.0f, 1.0f}) {
    for (const float sy : {-1.0f, 1.0f}) {
      const Vec2 corner = frame.to_picture({extent.x * sx, extent.y * sy});
      low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
      high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
    }
  }
  const auto size = static_cast<float>(size_);
  const float margin = 1.5f / size + 1.6f * lift;
  const auto pixel = [&](float x) { return static_cast<int>(std::clamp(x * size, 0.0f, size)); };
  const Box box = {pixel(low.x - margin), pixel(low.y - margin), pixel(high.x + margin + 1 / size),
                   pixel(high.y + margin + 1 / size)};
  if (!box.empty()) {
    const auto count = static_cast<std::size_t>(box.right - box.left) *
                       static_cast<std::size_t>(box.bottom - box.top);
    if (distance_.size() < count) {
      distance_.resize(count);
      surface_.resize(count);
    }
  }
  return box;
}

// Lambert's law with the terminator softened, light from all around, and Blinn and Phong's
// highlight with exponent 32. A flat surface comes out in its own colour.
Color Canvas::shade(const Surface& surface, float slope_x, float slope_y) const {
  constexpr float kWrap = 0.25f;
  const float norm = 1 / std::sqrt(1 + slope_x * slope_x + slope_y * slope_y);
  const float facing = (light_.z - slope_x * light_.x - slope_y * light_.y) * norm;
  const float direct = std::max(0.0f, facing + kWrap) / (light_.z + kWrap);
  const float around = 0.5f + 0.5f * norm;
  float glint = std::max(0.0f, (half_z_ - slope_x * half_x_ - slope_y * half_y_) * norm);
  for (int square = 0; square < 5; ++square) glint *= glint;
  const Color lit = surface.color * mix(direct, around, light_.softness);
  const float shine = surface.gloss * glint;
  return (lit + Color{shine, shine, shine}) * light_.color;
}

void Canvas::composite(const Box& box, float lift) {
  const auto size = static_cast<float>(size_);
  const int width = box.right - box.left, height = box.bottom - box.top;
  const auto at = [&](int x, int y) {
    return static_cast<std::size_t>(std::clamp(y, 0, height - 1)) *
               static_cast<std::size_t>(width) +
           static_cast<std::size_t>(std::clamp(x, 0, width - 1));
  };
  const float blur = lift * 0.7f + 1 / size;
  const int shift_x = static_cast<int>(std::floor(light_.x * lift * size + 0.5f));
  const int shift_y = static_cast<int>(std::floor(light_.y * lift * size + 0.5f));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t i = at(x, y);
      Pixel& pixel = pixels_[index_of(box.left + x, box.top + y)];
      if (lift > 0) {
        const float shadow = smoothstep(blur, -blur, distance_[at(x + shift_x, y + shift_y)]);
        pixel.color = pixel.color * (1 - 0.55f * shadow);
      }
      const Surface& surface = surface_[i];
      const float cover = saturate(0.5f - distance_[i] * size) * surface.opacity;
      if (!(cover > 0)) continue;
      const float slope_x =
          (surface_[at(x + 1, y)].height - surface_[at(x - 1, y)].height) * (0.5f * size);
      const float slope_y =
          (surface_[at(x, y + 1)].height - surface_[at(x, y - 1)].height) * (0.5f * size);
      const float steep = 1 / std::max(1.0f, length({slope_x, slope_y}) / 2.5f);
      pixel.color = mix(pixel.color, shade(surface, slope_x * steep, slope_y * steep), cover);
      pixel.food = mix(pixel.food, owner_ == Owner::kFood ? 1.0f : 0.0f, cover);
      pixel.other = mix(pixel.other, owner_ == Owner::kOther ? 1.0f : 0.0f, cover);
    }
  }
}

std::vector<std::uint8_t> Canvas::encode() const {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(pixels_.size() * 3);
  for (const Pixel& pixel : pixels_) {
    for (const float value : {pixel.color.r, pixel.color.g, pixel.color.b}) {
      bytes.push_back(static_cast<std::uint8_t>(std::sqrt(saturate(value)) * 255 + 0.5f));
    }
  }
  return bytes;
}

std::vector<std::uint8_t> Canvas::mask(Owner owner) const {
  std::vector<std::uint8_t> mask;
  mask.reserve(pixels_.size());
  for (const Pixel& pixel : pixels_) {
    const float share = owner == Owner::kFood ? pixel.food : pixel.other;
    mask.push_back(share > 0.5f ? 1 : 0);
  }
  return mask;
}

}  // namespace backlight::demo
