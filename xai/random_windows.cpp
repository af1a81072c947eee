#include "xai/random_windows.h"

#include <cmath>
#include <numbers>

#include "tensor/random.h"

namespace backlight {
namespace {

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// The pixel of a picture that a row or column outside it shows in a mirror at the edge.
std::int64_t mirrored(std::int64_t i, std::int64_t size) {
  const std::int64_t period = 2 * size, at = ((i % period) + period) % period;
  return at < size ? at : period - 1 - at;
}

}  // namespace

RandomWindows::RandomWindows(std::int64_t height, std::int64_t width, const WindowSpread& spread,
                             std::uint64_t seed)
    : height_(height), width_(width), spread_(spread), seed_(seed) {
  require(spread.jitter >= 0 && spread.rotate >= 0 && spread.rotate <= 90 && spread.scale >= 0 &&
              spread.scale < 1,
          "a picture can be moved by 0 pixels or more, turned by up to 90 degrees and scaled by "
          "less than its size, not by ",
          spread.jitter, ", ", spread.rotate, " and ", spread.scale);
  // How far the furthest corner of a window lies outside the middle one.
  const double angle = radians(spread.rotate);
  const auto beyond = [&](std::int64_t along, std::int64_t across) {
    const auto a = static_cast<double>(along - 1), b = static_cast<double>(across - 1);
    // The reach a cos + b sin is greatest where the window's diagonal points along.
    const double steepest = std::min(angle, std::atan2(b, a));
    const double reach = (1 + spread.scale) * (a * std::cos(steepest) + b * std::sin(steepest));
    return std::max(0.0, 0.5 * (reach - a));
  };
  margin_ = static_cast<std::int64_t>(
      std::ceil(spread.jitter + std::max(beyond(height, width), beyond(width, height))));
}

AffineMap RandomWindows::map(std::int64_t step) const {
  Random random(seed_, 1 + static_cast<std::uint64_t>(step));
  const auto draw = [&](double most) { return most * static_cast<double>(random.uniform(-1, 1)); };
  const double down = draw(spread_.jitter), right = draw(spread_.jitter);
  const double angle = draw(radians(spread_.rotate)), zoom = 1 + draw(spread_.scale);
  const double c = zoom * std::cos(angle), s = zoom * std::sin(angle);
  const double p = 0.5 * static_cast<double>(height_ - 1);
  const double q = 0.5 * static_cast<double>(width_ - 1);
  const auto margin = static_cast<double>(margin_);
  return {c, -s, margin + p + down - c * p + s * q, s, c, margin + q + right - s * p - c * q};
}

Var RandomWindows::drawn(const Var& canvas, std::int64_t step) const {
  return sample_affine(canvas, map(step), height_, width_);
}

Var RandomWindows::middle(const Var& canvas) const {
  const auto margin = static_cast<double>(margin_);
  return sample_affine(canvas, {1, 0, margin, 0, 1, margin}, height_, width_);
}

Tensor RandomWindows::canvas_around(const Tensor& picture) const {
  require(picture.rank() == 4 && picture.dim(1) == height_ && picture.dim(2) == width_,
          "a picture of shape ", picture.shape(), " is not of ", height_, " x ", width_, " pixels");
  const Tensor from = picture.to(Device::cpu);
  const std::int64_t channels = from.dim(3);
  Tensor out({from.dim(0), canvas_height(), canvas_width(), channels}, from.dtype());
  dispatch_floating(from.dtype(), "canvas_around", [&](auto type) {
    using T = decltype(type);
    T* to = out.mutable_data<T>();
    for (std::int64_t n = 0; n < from.dim(0); ++n)
      for (std::int64_t i = -margin_; i < height_ + margin_; ++i)
        for (std::int64_t j = -margin_; j < width_ + margin_; ++j) {
          const std::int64_t pixel =
              (n * height_ + mirrored(i, height_)) * width_ + mirrored(j, width_);
          const T* source = from.data<T>() + pixel * channels;
          for (std::int64_t c = 0; c < channels; ++c) *to++ = source[c];
        }
  });
  return out.to(picture.device());
}

}  // namespace backlight
