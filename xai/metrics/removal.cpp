#include "xai/metrics/removal.h"

#include "xai/blend.h"
#include "xai/metrics/map_values.h"

namespace backlight {

RemovalCurve removal_curve(const Model& model, const Tensor& x, const Tensor& baseline,
                           const Tensor& map, const Objective& objective, Removal removal,
                           std::int64_t steps, const Work& work) {
  check_picture_and_baseline(x, baseline);
  const std::vector<std::size_t> order = pixels_by_value(pixel_values(map));
  const auto pixels = static_cast<std::int64_t>(order.size());
  require(pixels == x.dim(1) * x.dim(2), "a map of ", map.shape(), " does not fit a picture of ",
          x.shape());
  require(steps >= 1 && steps <= pixels, "the ", pixels, " pixels can be exchanged in 1 to ",
          pixels, " steps, not in ", steps);
  const auto exchanged = [&](std::int64_t step) { return step * pixels / steps; };
  // Masks [count,H,W,1] of what is shown of x after the steps from `first` on.
  const auto masks = [&](std::int64_t first, std::int64_t count) {
    const double before = removal == Removal::deletion ? 1 : 0;
    Tensor out = Tensor::full({count, x.dim(1), x.dim(2), 1}, before, DType::f64);
    for (std::int64_t n = 0; n < count; ++n) {
      double* mask = out.mutable_data<double>() + n * pixels;
      for (std::int64_t i = 0; i < exchanged(first + n); ++i)
        mask[order[static_cast<std::size_t>(i)]] = 1 - before;
    }
    return out.to(x.dtype());
  };
  RemovalCurve curve;
  curve.scores = scores_at(
      model, objective, steps + 1,
      [&](std::int64_t first, std::int64_t count) {
        return blend(x, baseline, masks(first, count));
      },
      work);
  for (std::int64_t step = 0; step <= steps; ++step)
    curve.shares.push_back(static_cast<double>(exchanged(step)) / static_cast<double>(pixels));
  for (std::size_t k = 1; k < curve.scores.size(); ++k)
    curve.area +=
        (curve.shares[k] - curve.shares[k - 1]) * (curve.scores[k] + curve.scores[k - 1]) / 2;
  return curve;
}

}  // namespace backlight
