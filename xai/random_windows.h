// Random windows on a canvas: what feature visualisation shows the network step by step.
#pragma once

#include "autograd/ops.h"

namespace backlight {

// The most that a window is moved (pixels down and across), turned (degrees) and scaled (share of
// its size), both ways.
struct WindowSpread {
  double jitter = 0, rotate = 0, scale = 0;
};

// Windows of one size on a canvas with a margin that is just wide enough for all of them.
class RandomWindows {
 public:
  // Errors: a spread that is negative, turns by more than 90 degrees or scales by 1 or more.
  RandomWindows(std::int64_t height, std::int64_t width, const WindowSpread& spread,
                std::uint64_t seed);

  std::int64_t canvas_height() const { return height_ + 2 * margin_; }
  std::int64_t canvas_width() const { return width_ + 2 * margin_; }

  // Where window `step` lies, uniform in the spread, by (seed, 1 + step) alone. With the middles m
  // of the window and of the canvas, a shift t, an angle and a zoom z, pixel p of the window is at
  //   m_canvas + t + z R(angle) (p - m_window).
  AffineMap map(std::int64_t step) const;

  // Window `step` of canvases [N,...], and the one in the middle, pixel by pixel.
  Var drawn(const Var& canvas, std::int64_t step) const;
  Var middle(const Var& canvas) const;

  // A canvas around pictures [N,height,width,C], which goes on as in mirrors at their edges.
  Tensor canvas_around(const Tensor& picture) const;

 private:
  std::int64_t height_, width_, margin_ = 0;
  WindowSpread spread_;
  std::uint64_t seed_;
};

}  // namespace backlight
