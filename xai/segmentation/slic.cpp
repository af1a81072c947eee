#include "xai/segmentation/slic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "xai/segmentation/pixels.h"

namespace backlight {
namespace {

// The first pixel of a regular grid and the step to the next, along one side.
struct Grid {
  std::int64_t start = 0, step = 1;
};

struct Grids {
  Grid y, x;
};

// About `count` points spread over height x width pixels: the same step along both sides, unless
// the shorter one has not even room for one.
Grids grids_over(std::int64_t height, std::int64_t width, std::int64_t count) {
  const auto area = static_cast<double>(height * width);
  const auto points = static_cast<double>(count);
  if (area <= points) return {};
  const auto shorter = static_cast<double>(std::min(height, width));
  const auto longer = static_cast<double>(std::max(height, width));
  const double square = std::sqrt(area / points);
  const auto grid = [](double step) {
    return Grid{static_cast<std::int64_t>(step / 2),
                static_cast<std::int64_t>(std::nearbyint(step))};
  };
  if (square <= shorter) return {grid(square), grid(square)};
  const Grid across = grid(shorter), along = grid(longer / points);
  return height < width ? Grids{across, along} : Grids{along, across};
}

// The colours as they enter the distance: stretched to [0,1], in L*a*b*, smoothed, scaled.
Pixels weighted_colours(const Tensor& picture, const SlicOptions& options) {
  Pixels pixels = pixels_of(picture);
  const auto [low, high] = std::minmax_element(pixels.values.begin(), pixels.values.end());
  const double least = *low, range = *high - *low;
  for (double& value : pixels.values) value = range > 0 ? (value - least) / range : 0.0;
  pixels = blurred(pixels.channels == 3 ? lab_of(pixels) : pixels, options.sigma);
  const double scale = 1 / options.compactness;
  for (double& value : pixels.values) value *= scale;
  return pixels;
}

// k-means over places and colours.
class Clusters {
 public:
  Clusters(const Pixels& pixels, std::int64_t count)
      : pixels_(pixels),
        grids_(grids_over(pixels.height, pixels.width, count)),
        nearest_(static_cast<std::size_t>(pixels.height * pixels.width), 0),
        distance_(nearest_.size()) {
    const auto step = static_cast<double>(std::max(grids_.y.step, grids_.x.step));
    place_weight_ = 1 / (step * step);
    for (std::int64_t y = grids_.y.start; y < pixels.height; y += grids_.y.step)
      for (std::int64_t x = grids_.x.start; x < pixels.width; x += grids_.x.step) {
        Centre centre{static_cast<double>(y), static_cast<double>(x), 1, {}};
        centre.colour.resize(static_cast<std::size_t>(pixels.channels), 0.0);
        centres_.push_back(centre);
      }
  }

  std::int64_t count() const { return static_cast<std::int64_t>(centres_.size()); }
  const std::vector<std::int32_t>& nearest() const { return nearest_; }

  // Sends every pixel to its nearest centre.
  void assign() {
    std::fill(distance_.begin(), distance_.end(), std::numeric_limits<double>::max());
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      // A centre that has lost all its pixels has no place any more.
      if (centres_[k].size > 0) claim(static_cast<std::int32_t>(k));
    }
  }

  // Moves every centre to the mean of its pixels.
  void move() {
    for (Centre& centre : centres_) {
      centre.y = centre.x = 0;
      centre.size = 0;
      std::fill(centre.colour.begin(), centre.colour.end(), 0.0);
    }
    const auto channels = static_cast<std::size_t>(pixels_.channels);
    for (std::int64_t y = 0, p = 0; y < pixels_.height; ++y)
      for (std::int64_t x = 0; x < pixels_.width; ++x, ++p) {
        const auto k = static_cast<std::size_t>(nearest_[static_cast<std::size_t>(p)]);
        Centre& centre = centres_[k];
        centre.y += static_cast<double>(y);
        centre.x += static_cast<double>(x);
        ++centre.size;
        for (std::size_t c = 0; c < channels; ++c) centre.colour[c] += pixels_.at(y, x)[c];
      }
    for (Centre& centre : centres_) {
      if (centre.size == 0) continue;
      const auto size = static_cast<double>(centre.size);
      centre.y /= size;
      centre.x /= size;
      for (double& value : centre.colour) value /= size;
    }
  }

 private:
  struct Centre {
    double y, x;
    std::int64_t size;
    std::vector<double> colour;
  };

  // The pixels of [0, size) at most two steps from a centre: [first, last).
  static std::array<std::int64_t, 2> window(double centre, const Grid& grid, std::int64_t size) {
    const auto reach = static_cast<double>(2 * grid.step);
    return {static_cast<std::int64_t>(std::max(centre - reach, 0.0)),
            static_cast<std::int64_t>(std::min(centre + reach + 1, static_cast<double>(size)))};
  }

  // Takes the pixels around centre k that are nearer to it than to those before it.
  void claim(std::int32_t k) {
    const Centre& centre = centres_[static_cast<std::size_t>(k)];
    const auto [top, bottom] = window(centre.y, grids_.y, pixels_.height);
    const auto [left, right] = window(centre.x, grids_.x, pixels_.width);
    for (std::int64_t y = top; y < bottom; ++y)
      for (std::int64_t x = left; x < right; ++x) {
        const double dy = centre.y - static_cast<double>(y);
        const double dx = centre.x - static_cast<double>(x);
        const double* const colour = pixels_.at(y, x);
        double apart = 0;
        for (std::size_t c = 0; c < centre.colour.size(); ++c) {
          const double difference = colour[c] - centre.colour[c];
          apart += difference * difference;
        }
        const double distance = (dy * dy + dx * dx) * place_weight_ + apart;
        const auto p = static_cast<std::size_t>(y * pixels_.width + x);
        if (distance < distance_[p]) {
          distance_[p] = distance;
          nearest_[p] = k;
        }
      }
  }

  const Pixels& pixels_;
  Grids grids_;
  double place_weight_ = 1;
  std::vector<Centre> centres_;
  std::vector<std::int32_t> nearest_;
  std::vector<double> distance_;
};

// Renumbers the parts of segments that hang together, in reading order, and joins the small ones
// with a neighbour.
class Connection {
 public:
  Connection(const std::vector<std::int32_t>& clusters, std::int64_t height, std::int64_t width)
      : clusters_(clusters),
        height_(height),
        width_(width),
        segments_({height, width}, DType::i32),
        of_(segments_.mutable_data<std::int32_t>()) {
    std::fill(of_, of_ + segments_.numel(), kNone);
  }

  Tensor run(std::int64_t smallest, std::int64_t largest) {
    std::int32_t next = 0;
    for (std::int64_t p = 0; p < segments_.numel(); ++p) {
      if (of_[p] != kNone) continue;
      const std::int32_t neighbour = gather(p, next, largest);
      if (static_cast<std::int64_t>(part_.size()) >= smallest)
        ++next;
      else
        for (const std::int64_t member : part_) of_[member] = neighbour;
    }
    return segments_;
  }

 private:
  static constexpr std::int32_t kNone = -1;

  // Finds the part around pixel p, breadth first and `largest` pixels at most, and calls it
  // `number`. Returns the last segment met that it touches, or `number` if there is none.
  std::int32_t gather(std::int64_t p, std::int32_t number, std::int64_t largest) {
    constexpr std::array<std::array<int, 2>, 4> kSteps{{{0, 1}, {0, -1}, {1, 0}, {-1, 0}}};
    std::int32_t neighbour = number;
    part_.assign(1, p);
    of_[p] = number;
    const auto is_full = [&] { return static_cast<std::int64_t>(part_.size()) >= largest; };
    for (std::size_t visited = 0; visited < part_.size() && !is_full(); ++visited) {
      const std::int64_t y = part_[visited] / width_, x = part_[visited] % width_;
      for (const auto& [dy, dx] : kSteps) {
        if (y + dy < 0 || y + dy >= height_ || x + dx < 0 || x + dx >= width_) continue;
        const std::int64_t next = (y + dy) * width_ + x + dx;
        if (of_[next] != kNone) {
          if (of_[next] != number) neighbour = of_[next];
        } else if (cluster(next) == cluster(p)) {
          of_[next] = number;
          part_.push_back(next);
          if (is_full()) break;
        }
      }
    }
    return neighbour;
  }

  std::int32_t cluster(std::int64_t p) const { return clusters_[static_cast<std::size_t>(p)]; }

  const std::vector<std::int32_t>& clusters_;
  std::int64_t height_, width_;
  Tensor segments_;
  std::int32_t* of_;
  std::vector<std::int64_t> part_;
};

// Clusters without pixels leave no gap.
Tensor numbered(const std::vector<std::int32_t>& clusters, std::int64_t height,
                std::int64_t width) {
  std::vector<std::int32_t> number(
      static_cast<std::size_t>(*std::max_element(clusters.begin(), clusters.end())) + 1, -1);
  for (const std::int32_t cluster : clusters) number[static_cast<std::size_t>(cluster)] = 0;
  std::int32_t next = 0;
  for (std::int32_t& n : number)
    if (n == 0) n = next++;
  Tensor segments({height, width}, DType::i32);
  std::transform(clusters.begin(), clusters.end(), segments.mutable_data<std::int32_t>(),
                 [&](std::int32_t cluster) { return number[static_cast<std::size_t>(cluster)]; });
  return segments;
}

}  // namespace

Tensor slic(const Tensor& picture, const SlicOptions& options) {
  require(options.segments >= 1, "SLIC cuts a picture into 1 segment or more, not ",
          options.segments);
  require(options.compactness > 0 && std::isfinite(options.compactness),
          "the compactness of SLIC must be above 0, but is ", options.compactness);
  require(options.iterations >= 1, "SLIC needs at least one iteration, not ", options.iterations);
  require(options.smallest >= 0 && options.largest >= 1,
          "SLIC's smallest segment is at least 0 and its largest at least 1 time the mean size, "
          "not ",
          options.smallest, " and ", options.largest);
  const Pixels pixels = weighted_colours(picture, options);
  Clusters clusters(pixels, options.segments);
  for (int i = 0; i < options.iterations; ++i) {
    clusters.assign();
    clusters.move();
  }
  if (!options.connect) return numbered(clusters.nearest(), pixels.height, pixels.width);
  const double size =
      static_cast<double>(pixels.height * pixels.width) / static_cast<double>(clusters.count());
  return Connection(clusters.nearest(), pixels.height, pixels.width)
      .run(static_cast<std::int64_t>(options.smallest * size),
           static_cast<std::int64_t>(options.largest * size));
}

}  // namespace backlight
