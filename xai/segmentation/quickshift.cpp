#include "xai/segmentation/quickshift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/parallel.h"
#include "tensor/random.h"
#include "xai/segmentation/pixels.h"

namespace backlight {
namespace {

constexpr double kTieBreak = 1e-5;

// Calls visit(q, |p - q|^2) for every pixel q of the window around pixel p = (y, x).
template <typename Visit>
void around(const Pixels& points, std::int64_t y, std::int64_t x, std::int64_t reach,
            const Visit& visit) {
  const double* const from = points.at(y, x);
  const std::int64_t bottom = std::min(y + reach + 1, points.height);
  const std::int64_t right = std::min(x + reach + 1, points.width);
  for (std::int64_t v = std::max<std::int64_t>(y - reach, 0); v < bottom; ++v)
    for (std::int64_t u = std::max<std::int64_t>(x - reach, 0); u < right; ++u) {
      const double* const to = points.at(v, u);
      double squared = 0;
      for (std::int64_t c = 0; c < points.channels; ++c)
        squared += (from[c] - to[c]) * (from[c] - to[c]);
      const auto down = static_cast<double>(y - v), across = static_cast<double>(x - u);
      visit(v * points.width + u, squared + down * down + across * across);
    }
}

std::vector<double> densities_of(const Pixels& points, std::int64_t reach,
                                 const QuickshiftOptions& options) {
  const Philox noise(options.seed, 0);
  const double scale = -0.5 / (options.kernel_size * options.kernel_size);
  std::vector<double> densities(static_cast<std::size_t>(points.height * points.width));
  kernels::parallel_for(points.height, [&](std::int64_t y) {
    for (std::int64_t x = 0; x < points.width; ++x) {
      const auto p = static_cast<std::size_t>(y * points.width + x);
      double sum = kTieBreak * static_cast<double>(noise.normal(p));
      around(points, y, x, reach,
             [&](std::int64_t, double squared) { sum += std::exp(squared * scale); });
      densities[p] = sum;
    }
  });
  return densities;
}

// For each pixel the nearest one that is denser, or itself.
std::vector<std::int64_t> links_of(const Pixels& points, std::int64_t reach,
                                   const std::vector<double>& densities, double max_dist) {
  std::vector<std::int64_t> links(densities.size());
  kernels::parallel_for(points.height, [&](std::int64_t y) {
    for (std::int64_t x = 0; x < points.width; ++x) {
      const auto p = static_cast<std::size_t>(y * points.width + x);
      double nearest = std::numeric_limits<double>::max();
      links[p] = static_cast<std::int64_t>(p);
      around(points, y, x, reach, [&](std::int64_t q, double squared) {
        if (!(densities[static_cast<std::size_t>(q)] > densities[p] && squared < nearest)) return;
        nearest = squared;
        links[p] = q;
      });
      if (std::sqrt(nearest) > max_dist) links[p] = static_cast<std::int64_t>(p);
    }
  });
  return links;
}

// Numbers the trees by their roots, the pixels that link to themselves.
Tensor trees_of(const std::vector<std::int64_t>& links, std::int64_t height, std::int64_t width) {
  Tensor segments({height, width}, DType::i32);
  std::int32_t* const of = segments.mutable_data<std::int32_t>();
  std::vector<std::int32_t> number(links.size(), -1);
  std::int32_t next = 0;
  for (std::size_t p = 0; p < links.size(); ++p)
    if (links[p] == static_cast<std::int64_t>(p)) number[p] = next++;
  for (std::size_t p = 0; p < links.size(); ++p) {
    std::size_t root = p;
    // Densities grow along the links, so that they lead to a root.
    while (number[root] < 0) root = static_cast<std::size_t>(links[root]);
    of[p] = number[root];
  }
  return segments;
}

}  // namespace

Tensor quickshift(const Tensor& picture, const QuickshiftOptions& options) {
  require(options.kernel_size >= 1 && options.kernel_size <= 1e4,
          "the kernel_size of quickshift is between 1 and 10000, not ", options.kernel_size);
  require(options.max_dist >= 0, "the max_dist of quickshift must not be negative, but is ",
          options.max_dist);
  require(options.ratio >= 0 && std::isfinite(options.ratio),
          "the ratio of quickshift must not be negative, but is ", options.ratio);
  Pixels points = pixels_of(picture);
  if (points.channels == 3) points = lab_of(points);
  for (double& value : points.values) value *= options.ratio;
  const auto reach = static_cast<std::int64_t>(std::ceil(3 * options.kernel_size));
  const std::vector<double> densities = densities_of(points, reach, options);
  return trees_of(links_of(points, reach, densities, options.max_dist), points.height,
                  points.width);
}

}  // namespace backlight
