#include "xai/rise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/random.h"
#include "xai/blend.h"

namespace backlight {
namespace {

// A pixel's place between two neighbouring cells of the grid, along one axis.
struct Between {
  std::int64_t lower, upper;
  double share;  // of the upper one
};

// Where the pixels [shift, shift + extent) of `grid` cells stretched over (grid + 1) cell lie.
std::vector<Between> places(std::int64_t extent, std::int64_t grid, std::int64_t cell,
                            std::int64_t shift) {
  const double scale = static_cast<double>(grid) / static_cast<double>((grid + 1) * cell);
  std::vector<Between> out;
  for (std::int64_t i = shift; i < shift + extent; ++i) {
    const double at = std::max(0.0, (static_cast<double>(i) + 0.5) * scale - 0.5);
    const auto lower = std::min(static_cast<std::int64_t>(at), grid - 1);
    out.push_back({lower, std::min(lower + 1, grid - 1), at - static_cast<double>(lower)});
  }
  return out;
}

class Masks {
 public:
  Masks(std::int64_t height, std::int64_t width, const RiseOptions& options)
      : height_(height), width_(width), options_(options) {}

  // Mask k, row by row.
  std::vector<double> mask(std::int64_t k) const {
    const std::int64_t grid = options_.grid;
    Random random(options_.seed, static_cast<std::uint64_t>(k));
    std::vector<double> cells(static_cast<std::size_t>(grid * grid));
    for (double& cell : cells) cell = static_cast<double>(random.uniform()) < options_.probability;
    const std::int64_t cell_height = (height_ + grid - 1) / grid;
    const std::int64_t cell_width = (width_ + grid - 1) / grid;
    const std::int64_t down = random.below(static_cast<int>(cell_height));
    const std::int64_t right = random.below(static_cast<int>(cell_width));
    const std::vector<Between> rows = places(height_, grid, cell_height, down);
    const std::vector<Between> columns = places(width_, grid, cell_width, right);
    std::vector<double> out;
    out.reserve(static_cast<std::size_t>(height_ * width_));
    for (const Between& y : rows) {
      const double *upper = &cells[static_cast<std::size_t>(y.lower * grid)],
                   *lower = &cells[static_cast<std::size_t>(y.upper * grid)];
      for (const Between& x : columns) {
        const double above = upper[x.lower] + x.share * (upper[x.upper] - upper[x.lower]);
        const double below = lower[x.lower] + x.share * (lower[x.upper] - lower[x.lower]);
        out.push_back(above + y.share * (below - above));
      }
    }
    return out;
  }

  // Masks [count,H,W,1] from `first` on.
  Tensor masks(std::int64_t first, std::int64_t count, DType dtype) const {
    Tensor out({count, height_, width_, 1}, DType::f64);
    for (std::int64_t n = 0; n < count; ++n) {
      const std::vector<double> values = mask(first + n);
      std::copy(values.begin(), values.end(), out.mutable_data<double>() + n * height_ * width_);
    }
    return out.to(dtype);
  }

 private:
  std::int64_t height_, width_;
  RiseOptions options_;
};

// Of one pixel, over the masks M with their scores f.
struct Sums {
  double m = 0, fm = 0, mm = 0, fmm = 0, ffmm = 0;

  void add(double score, double mask) {
    m += mask;
    fm += score * mask;
    mm += mask * mask;
    fmm += score * mask * mask;
    ffmm += score * score * mask * mask;
  }

  // The variance of (f - level) M over n masks.
  double spread(double n, double level) const {
    const double mean = (fm - level * m) / n;
    return std::max(0.0, (ffmm - 2 * level * fmm + level * level * mm) / n - mean * mean);
  }
};

double error_in_contrast(const std::vector<double>& values, const std::vector<double>& errors) {
  const double level =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double contrast_squared = 0, errors_squared = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    contrast_squared += (values[i] - level) * (values[i] - level);
    errors_squared += errors[i] * errors[i];
  }
  return contrast_squared > 0 ? std::sqrt(errors_squared / contrast_squared) : 0;
}

void check(const Tensor& x, const RiseOptions& options) {
  require(options.masks >= 1, "RISE needs at least one mask, not ", options.masks);
  require(options.grid >= 1 && options.grid <= std::min(x.dim(1), x.dim(2)), "a grid of ",
          options.grid, " cells a side does not fit a picture of ", x.shape());
  require(options.probability > 0 && options.probability <= 1,
          "the probability of a cell lies in (0, 1], but is ", options.probability);
}

}  // namespace

RiseResult rise(const Model& model, const Tensor& x, const Tensor& baseline,
                const Objective& objective, const RiseOptions& options, const Work& work) {
  check_picture_and_baseline(x, baseline);
  check(x, options);
  const Masks masks(x.dim(1), x.dim(2), options);
  const std::vector<double> scores = scores_at(
      model, objective, options.masks,
      [&](std::int64_t first, std::int64_t count) {
        return blend(x, baseline, masks.masks(first, count, x.dtype()));
      },
      work);

  const bool drawn = options.count == MaskCount::drawn;
  const auto pixels = static_cast<std::size_t>(x.dim(1) * x.dim(2));
  const auto n = static_cast<double>(options.masks);
  std::vector<Sums> sums(pixels);
  for (std::int64_t k = 0; k < options.masks; ++k) {
    const std::vector<double> mask = masks.mask(k);
    for (std::size_t i = 0; i < pixels; ++i)
      sums[i].add(scores[static_cast<std::size_t>(k)], mask[i]);
  }

  const double mean_score = std::accumulate(scores.begin(), scores.end(), 0.0) / n;
  std::vector<double> values(pixels), errors(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const double shown = drawn ? sums[i].m : options.probability * n;
    values[i] = shown > 0 ? sums[i].fm / shown : mean_score;
    if (n > 1 && shown > 0)
      errors[i] = n / shown * std::sqrt(sums[i].spread(n, drawn ? values[i] : 0) / (n - 1));
  }
  RiseResult result;
  const Shape shape{x.dim(1), x.dim(2)};
  result.relative_error = error_in_contrast(values, errors);
  result.values = Tensor::from(values, shape).to(x.dtype());
  result.standard_error = Tensor::from(errors, shape).to(x.dtype());
  return result;
}

}  // namespace backlight
