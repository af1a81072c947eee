#include "xai/metrics/agreement.h"

#include <algorithm>
#include <cmath>

#include "xai/metrics/map_values.h"

namespace backlight {
namespace {

using Values = std::vector<double>;

Values compared_values(const Tensor& map, Compared compared) {
  Values values = pixel_values(map);
  if (compared == Compared::magnitude)
    for (double& value : values) value = std::abs(value);
  return values;
}

// Height and width: the axes before the channels, or the only ones.
Shape pixels_of(const Tensor& map) {
  if (map.rank() == 4) return {map.dim(1), map.dim(2)};
  return {map.dim(0), map.dim(1)};
}

void require_same_pixels(const Tensor& a, const Tensor& b) {
  require(pixels_of(a) == pixels_of(b), "maps of ", a.shape(), " and ", b.shape(),
          " are not of the same pixels");
}

// Each value's place in the order of all, from 0; equal values share the mean of their places.
Values ranks(const Values& values) {
  const std::vector<std::size_t> order = pixels_by_value(values);
  Values rank(values.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    for (std::size_t i = first; i < last; ++i)
      rank[order[i]] = static_cast<double>(first + last - 1) / 2;
  }
  return rank;
}

}  // namespace

double rank_correlation(const Tensor& a, const Tensor& b, Compared compared) {
  const Values x = ranks(compared_values(a, compared)), y = ranks(compared_values(b, compared));
  require_same_pixels(a, b);
  const double mean = static_cast<double>(x.size() - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double top_overlap(const Tensor& a, const Tensor& b, double share, Compared compared) {
  require(share > 0 && share <= 1, "a share of the pixels lies in (0, 1], but is ", share);
  const Values x = compared_values(a, compared), y = compared_values(b, compared);
  require_same_pixels(a, b);
  const auto count = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(share * static_cast<double>(x.size()))));
  std::vector<bool> is_top(x.size());
  const std::vector<std::size_t> of_x = pixels_by_value(x), of_y = pixels_by_value(y);
  for (std::size_t i = 0; i < count; ++i) is_top[of_x[i]] = true;
  std::size_t both = 0;
  for (std::size_t i = 0; i < count; ++i) both += is_top[of_y[i]];
  return static_cast<double>(both) / static_cast<double>(count);
}

}  // namespace backlight
