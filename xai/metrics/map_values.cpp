#include "xai/metrics/map_values.h"

#include <algorithm>
#include <numeric>

namespace backlight {

std::vector<double> pixel_values(const Tensor& map) {
  const bool has_channels = map.rank() == 3 || (map.rank() == 4 && map.dim(0) == 1);
  require((map.rank() == 2 || has_channels) && map.numel() > 0,
          "a map is [H,W], [H,W,C] or [1,H,W,C], not ", map.shape());
  require(all_finite(map), "the map has values that are not finite numbers");
  const std::int64_t channels = has_channels ? map.dim(-1) : 1;
  const Tensor values = map.to(Device::cpu).to(DType::f64);
  const double* value = values.data<double>();
  std::vector<double> pixels(static_cast<std::size_t>(map.numel() / channels));
  for (double& pixel : pixels)
    for (std::int64_t c = 0; c < channels; ++c) pixel += *value++;
  return pixels;
}

std::vector<std::size_t> pixels_by_value(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  return order;
}

}  // namespace backlight
