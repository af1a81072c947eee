#include "xai/coalitions.h"

#include <cmath>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "xai/blend.h"
#include "xai/segmentation/segments.h"

namespace backlight {

SegmentGame::SegmentGame(Model model, Objective objective, const Tensor& x, const Tensor& baseline,
                         const Tensor& segments)
    : model_(std::move(model)),
      objective_(std::move(objective)),
      x_(x),
      baseline_(baseline),
      segments_(segments.to(Device::cpu)),
      players_(count_segments(segments_)) {
  check_picture_and_baseline(x, baseline);
  require(segments.dim(0) == x.dim(1) && segments.dim(1) == x.dim(2), "segments of ",
          segments.shape(), " do not fit a picture of ", x.shape());
}

Tensor SegmentGame::inputs(const Coalition* shown, std::int64_t count) const {
  Tensor masks({count, x_.dim(1), x_.dim(2), 1}, x_.dtype());
  const std::int32_t* segment = segments_.data<std::int32_t>();
  const std::int64_t pixels = segments_.numel();
  dispatch_floating(x_.dtype(), "a game of segments", [&](auto type) {
    using T = decltype(type);
    for (std::int64_t n = 0; n < count; ++n) {
      T* mask = masks.mutable_data<T>() + n * pixels;
      for (std::int64_t i = 0; i < pixels; ++i)
        mask[i] = shown[n][static_cast<std::size_t>(segment[i])] ? T{1} : T{0};
    }
  });
  return blend(x_, baseline_, masks);
}

std::vector<double> SegmentGame::worths(std::int64_t count,
                                        const std::function<Coalition(std::int64_t)>& coalition,
                                        const Work& work) const {
  std::vector<Coalition> asked, missing;
  std::unordered_set<Coalition> seen;
  for (std::int64_t k = 0; k < count; ++k) {
    asked.push_back(coalition(k));
    if (!known_->contains(asked.back()) && seen.insert(asked.back()).second)
      missing.push_back(asked.back());
  }
  if (!missing.empty()) {
    const std::vector<double> scores = scores_at(
        model_, objective_, static_cast<std::int64_t>(missing.size()),
        [&](std::int64_t first, std::int64_t n) { return inputs(missing.data() + first, n); },
        work);
    for (std::size_t k = 0; k < missing.size(); ++k) known_->emplace(missing[k], scores[k]);
  }
  std::vector<double> worths;
  for (const Coalition& shown : asked) worths.push_back(known_->at(shown));
  return worths;
}

Tensor SegmentGame::map(const std::vector<double>& values) const {
  return spread_over_segments(values, segments_, x_.dtype());
}

double relative_error_of(const std::vector<double>& values, const std::vector<double>& errors) {
  const auto squares = [](const std::vector<double>& v) {
    return std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
  };
  return squares(values) > 0 ? std::sqrt(squares(errors) / squares(values)) : 0;
}

}  // namespace backlight
