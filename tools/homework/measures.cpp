#include "tools/homework/measures.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "xai/metrics/map_values.h"

namespace backlight::tools {
namespace {

struct Size {
  std::size_t height, width;
};

Size size_of(const Tensor& map) {
  require(map.rank() == 2, "a map to measure is [height, width], not ", map.shape());
  return {static_cast<std::size_t>(map.dim(0)), static_cast<std::size_t>(map.dim(1))};
}

// Calls visit(a, b) for the values of every two pixels that lie beside or under each other.
template <typename Visit>
void for_each_neighbours(const Tensor& map, Visit visit) {
  const Size size = size_of(map);
  const std::vector<double> values = pixel_values(map);
  for (std::size_t y = 0; y < size.height; ++y)
    for (std::size_t x = 0; x < size.width; ++x) {
      const std::size_t here = y * size.width + x;
      if (x + 1 < size.width) visit(values[here], values[here + 1]);
      if (y + 1 < size.height) visit(values[here], values[here + size.width]);
    }
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Spread and elongation of places with these columns and rows.
void describe_cloud(const std::vector<double>& xs, const std::vector<double>& ys, Bright& bright) {
  constexpr double kEvenly = 1.0 / 12;  // the variance of a uniform number in [0, 1]
  double xx = 0, yy = 0, xy = 0;
  const auto count = static_cast<double>(xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const double dx = xs[i] - bright.x, dy = ys[i] - bright.y;
    xx += dx * dx / count;
    yy += dy * dy / count;
    xy += dx * dy / count;
  }
  bright.spread = std::sqrt((xx + yy) / (2 * kEvenly));
  const double middle = (xx + yy) / 2, radius = std::hypot((xx - yy) / 2, xy);
  const double shortest = std::max(middle - radius, 0.0);
  bright.elongation = shortest > 0 ? std::sqrt((middle + radius) / shortest) : 1;
}

}  // namespace

Tensor strongest_channel(const Tensor& map) {
  const bool one_of_batch = map.rank() == 4 && map.dim(0) == 1;
  require(map.rank() == 2 || map.rank() == 3 || one_of_batch,
          "a map is [height, width] or [height, width, channels], not ", map.shape());
  const std::int64_t height = map.dim(one_of_batch ? 1 : 0), width = map.dim(one_of_batch ? 2 : 1);
  Tensor strongest({height, width});
  float* to = strongest.mutable_data<float>();
  const std::int64_t channels = map.numel() / (height * width);
  for (std::int64_t i = 0; i < height * width; ++i) {
    double most = 0;
    for (std::int64_t c = 0; c < channels; ++c)
      most = std::max(most, std::abs(map.at(i * channels + c)));
    to[i] = static_cast<float>(most);
  }
  return strongest;
}

double quantile(std::vector<double> values, double share) {
  require(!values.empty(), "there is no quantile of no values");
  std::sort(values.begin(), values.end());
  const auto place = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[place];
}

double largest_of(const Tensor& map) {
  const std::vector<double> values = pixel_values(map);
  return *std::max_element(values.begin(), values.end());
}

Bright brightest(const Tensor& map, double share) {
  const Size size = size_of(map);
  Bright bright;
  bright.pixels = pixels_by_value(pixel_values(map));
  const auto wanted = std::lround(share * static_cast<double>(bright.pixels.size()));
  bright.pixels.resize(static_cast<std::size_t>(std::max(1L, wanted)));
  std::vector<double> xs, ys;
  const double each = 1.0 / static_cast<double>(bright.pixels.size());
  for (const std::size_t pixel : bright.pixels) {
    const std::size_t x = pixel % size.width, y = pixel / size.width;
    xs.push_back((static_cast<double>(x) + 0.5) / static_cast<double>(size.width));
    ys.push_back((static_cast<double>(y) + 0.5) / static_cast<double>(size.height));
    bright.ninths[3 * (3 * y / size.height) + 3 * x / size.width] += each;
  }
  bright.fullest = static_cast<std::size_t>(
      std::max_element(bright.ninths.begin(), bright.ninths.end()) - bright.ninths.begin());
  bright.x = mean_of(xs);
  bright.y = mean_of(ys);
  describe_cloud(xs, ys, bright);
  constexpr double kCut = 0.1;  // on either side
  bright.left = quantile(xs, kCut);
  bright.right = quantile(xs, 1 - kCut);
  bright.top = quantile(ys, kCut);
  bright.bottom = quantile(ys, 1 - kCut);
  return bright;
}

double graininess(const Tensor& map) {
  double steps = 0, pairs = 0;
  for_each_neighbours(map, [&](double a, double b) {
    steps += std::abs(a - b);
    ++pairs;
  });
  const double mean = mean_of(pixel_values(map));
  return mean > 0 && pairs > 0 ? steps / pairs / mean : 0;
}

double concentration(const Tensor& map) {
  const std::vector<double> values = pixel_values(map);
  const std::vector<std::size_t> order = pixels_by_value(values);
  const auto tenth = std::max<std::size_t>(1, (values.size() + 5) / 10);
  double inside = 0, sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    sum += values[order[i]];
    if (i < tenth) inside += values[order[i]];
  }
  return sum > 0 ? inside / sum : static_cast<double>(tenth) / static_cast<double>(values.size());
}

double outer_share(const Tensor& map) {
  const Size size = size_of(map);
  const std::vector<double> values = pixel_values(map);
  const double cut = (1 - std::sqrt(0.5)) / 2;  // from each edge
  double outside = 0, sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = (static_cast<double>(i % size.width) + 0.5) / static_cast<double>(size.width);
    const double y = (static_cast<double>(i / size.width) + 0.5) / static_cast<double>(size.height);
    const double magnitude = std::abs(values[i]);
    sum += magnitude;
    if (std::min({x, 1 - x, y, 1 - y}) < cut) outside += magnitude;
  }
  return sum > 0 ? outside / sum : 0;
}

Color mean_color(const Image& photo, const std::vector<std::size_t>& pixels) {
  double sums[3] = {0, 0, 0};
  for (const std::size_t pixel : pixels)
    for (std::size_t c = 0; c < 3; ++c) sums[c] += photo.rgb[3 * pixel + c];
  const auto mean = [&](double sum) {
    return static_cast<std::uint8_t>(
        std::lround(sum / static_cast<double>(std::max<std::size_t>(1, pixels.size()))));
  };
  return {mean(sums[0]), mean(sums[1]), mean(sums[2])};
}

double relative_change(const Tensor& a, const Tensor& b) {
  require(a.shape() == b.shape(), "maps of ", a.shape(), " and ", b.shape(), " cannot be compared");
  double difference = 0, size = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    difference += (a.at(i) - b.at(i)) * (a.at(i) - b.at(i));
    size += b.at(i) * b.at(i);
  }
  if (difference == 0) return 0;
  return size > 0 ? std::sqrt(difference / size) : 1;
}

double sharpness(const Tensor& map) {
  double squares = 0, pairs = 0, variance = 0;
  for_each_neighbours(map, [&](double a, double b) {
    squares += (a - b) * (a - b);
    ++pairs;
  });
  const std::vector<double> values = pixel_values(map);
  const double mean = mean_of(values);
  for (const double value : values)
    variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
  return variance > 0 && pairs > 0 ? std::sqrt(squares / pairs / variance) : 0;
}

Tensor reduced(const Tensor& map, std::int64_t height, std::int64_t width) {
  require(map.rank() == 2 && height > 0 && width > 0 && map.dim(0) % height == 0 &&
              map.dim(1) % width == 0,
          "a map of ", map.shape(), " cannot be brought to ", height, " x ", width, " places");
  const std::int64_t rows = map.dim(0) / height, columns = map.dim(1) / width;
  std::vector<double> sums(static_cast<std::size_t>(height * width));
  for (std::int64_t y = 0; y < map.dim(0); ++y)
    for (std::int64_t x = 0; x < map.dim(1); ++x)
      sums[static_cast<std::size_t>(y / rows * width + x / columns)] += map.at(y * map.dim(1) + x);
  Tensor small({height, width});
  for (std::size_t i = 0; i < sums.size(); ++i)
    small.mutable_data<float>()[i] =
        static_cast<float>(sums[i] / static_cast<double>(rows * columns));
  return small;
}

Tensor mean_response(const Tensor& activation) {
  require(activation.rank() == 4 && activation.dim(0) == 1, "an activation is [1,P,Q,K], not ",
          activation.shape());
  Tensor mean({activation.dim(1), activation.dim(2)});
  const std::int64_t filters = activation.dim(3);
  for (std::int64_t i = 0; i < mean.numel(); ++i) {
    double sum = 0;
    for (std::int64_t k = 0; k < filters; ++k) sum += std::abs(activation.at(i * filters + k));
    mean.mutable_data<float>()[i] = static_cast<float>(sum / static_cast<double>(filters));
  }
  return mean;
}

}  // namespace backlight::tools
