#include "tools/figure/segments.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/figure/canvas.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// Of the Okabe-Ito palette, which people of any colour vision tell apart: bluish green, vermilion.
constexpr Color kFor{0, 158, 115}, kAgainst{213, 48, 20};
constexpr Color kForEdge{0, 84, 60}, kAgainstEdge{122, 20, 6};
constexpr int kSide = 384;                       // the drawing's longer side, at least
constexpr double kGreyed = 0.85, kPaled = 0.32;  // of the photo beneath
constexpr double kTint = 0.78;                   // of the largest value
// From this share of the largest value on, edges have a colour and values are written.
constexpr double kStrong = 0.25;
constexpr double kHatched = 0.06;
constexpr int kHatch = 7;  // pixels from one stroke to the next
constexpr double kTextSize = 13.5;
constexpr std::size_t kLabels = 3;  // of either sign

// One segment as it is drawn.
struct Part {
  double value = 0;
  std::int64_t deepest = -1;  // the pixel farthest from the edge
  int depth = 0;
};

// The pixels of a picture whose segments are drawn `scale` times as large.
class Painter {
 public:
  Painter(const Image& photo, const Tensor& segments, const Tensor& values)
      : width_(photo.width),
        height_(photo.height),
        scale_(std::max(1, (kSide - 1) / std::max(width_, height_) + 1)),
        image_(resize_bilinear(photo, width_ * scale_, height_ * scale_)),
        segment_(segments.data<std::int32_t>()) {
    const std::int64_t pixels = segments.numel();
    parts_.resize(static_cast<std::size_t>(*std::max_element(segment_, segment_ + pixels)) + 1);
    for (std::int64_t p = 0; p < pixels; ++p) {
      part(p).value = values.at(p);
      limit_ = std::max(limit_, std::abs(values.at(p)));
    }
  }

  double limit() const { return limit_; }

  Image draw() {
    for (int y = 0; y < image_.height; ++y)
      for (int x = 0; x < image_.width; ++x) set_color(image_, x, y, shaded(x, y));
    find_depths();
    for (const bool above : {true, false}) write_labels(above);
    return image_;
  }

 private:
  Part& part(std::int64_t p) { return parts_[static_cast<std::size_t>(segment_[p])]; }
  std::int64_t pixel(int x, int y) const {
    return static_cast<std::int64_t>(y / scale_) * width_ + x / scale_;
  }
  // The value of a segment as a share of the largest.
  double share(std::int64_t p) { return limit_ > 0 ? part(p).value / limit_ : 0; }

  // Whether a pixel of the drawing is within `reach` of another segment.
  bool on_edge(int x, int y, int reach) const {
    const std::int32_t own = segment_[pixel(x, y)];
    for (const auto& [dx, dy] : {std::pair{reach, 0}, {-reach, 0}, {0, reach}, {0, -reach}}) {
      const int u = std::clamp(x + dx, 0, image_.width - 1);
      const int v = std::clamp(y + dy, 0, image_.height - 1);
      if (segment_[pixel(u, v)] != own) return true;
    }
    return false;
  }

  // The photo's colour, paled, tinted, hatched, edged.
  Color shaded(int x, int y) {
    const Color seen = color_at(image_, x, y);
    const auto luma = static_cast<std::uint8_t>(
        std::lround(0.299 * seen.red + 0.587 * seen.green + 0.114 * seen.blue));
    const Color pale = blend(blend(seen, {luma, luma, luma}, kGreyed), white, kPaled);
    const double s = share(pixel(x, y)), strength = std::abs(s);
    Color color = blend(pale, s > 0 ? kFor : kAgainst, kTint * strength);
    if (s < 0 && strength >= kHatched && (x + y) % kHatch == 0)
      color = blend(color, kAgainstEdge, 0.35 + 0.4 * strength);
    if (strength >= kStrong && on_edge(x, y, 2)) return s > 0 ? kForEdge : kAgainstEdge;
    return on_edge(x, y, 1) ? blend(color, white, 0.4) : color;
  }

  // How deep each pixel lies in its segment, row by row from both sides.
  void find_depths() {
    const auto at = [this](int x, int y) { return static_cast<std::int64_t>(y) * width_ + x; };
    std::vector<int> depth(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    const auto of = [&](int x, int y, std::int32_t own) {
      const bool same = x >= 0 && y >= 0 && x < width_ && y < height_ && segment_[at(x, y)] == own;
      return same ? depth[static_cast<std::size_t>(at(x, y))] : 0;
    };
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        const std::int32_t own = segment_[at(x, y)];
        depth[static_cast<std::size_t>(at(x, y))] =
            std::min(of(x - 1, y, own), of(x, y - 1, own)) + 1;
      }
    for (int y = height_ - 1; y >= 0; --y)
      for (int x = width_ - 1; x >= 0; --x) {
        const std::int64_t p = at(x, y);
        int& own = depth[static_cast<std::size_t>(p)];
        own = std::min(own, std::min(of(x + 1, y, segment_[p]), of(x, y + 1, segment_[p])) + 1);
        if (own > part(p).depth) part(p) = {part(p).value, p, own};
      }
  }

  void write_labels(bool above) {
    std::vector<Part> chosen;
    for (const Part& each : parts_)
      if ((above ? each.value : -each.value) >= kStrong * limit_ && limit_ > 0)
        chosen.push_back(each);
    const std::size_t count = std::min(kLabels, chosen.size());
    std::partial_sort(
        chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), chosen.end(),
        [](const Part& a, const Part& b) { return std::abs(a.value) > std::abs(b.value); });
    for (std::size_t i = 0; i < count; ++i) write_label(chosen[i]);
  }

  void write_label(const Part& each) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%.2g", each.value > 0 ? "+" : "\u2212",
                  std::abs(each.value));
    const double half = 0.5 * text_width(text, kTextSize) + 2;
    const auto x = std::clamp((static_cast<double>(each.deepest % width_) + 0.5) * scale_, half,
                              std::max(half, image_.width - half));
    const double y = (static_cast<double>(each.deepest / width_) + 0.5) * scale_ + 0.33 * kTextSize;
    const auto pixel = [](double at) { return static_cast<int>(std::lround(at)); };
    fill(image_,
         {pixel(x - half - 1), pixel(y - 0.85 * kTextSize), pixel(2 * half + 2),
          pixel(1.1 * kTextSize)},
         white);
    draw_text(image_, x, y, text, kTextSize, ink, Align::center);
  }

  int width_, height_, scale_;
  Image image_;
  const std::int32_t* segment_;
  std::vector<Part> parts_;
  double limit_ = 0;
};

}  // namespace

Drawing segment_drawing(const Image& photo, const Tensor& segments, const Tensor& values,
                        const std::string& about) {
  const Shape shape{photo.height, photo.width};
  require(segments.shape() == shape && values.shape() == shape, "segments of ", segments.shape(),
          " with values of ", values.shape(), " do not fit a photo of ", shape);
  Painter painter(photo, segments, values);
  Drawing drawing{painter.draw(), "No segment has a weight to show."};
  if (painter.limit() > 0)
    drawing.legend = "Green speaks for " + about +
                     ", red and hatched against; the stronger, the more. Numbers: the weights of "
                     "the strongest.";
  return drawing;
}

}  // namespace backlight::tools
