#include "xai/coalitions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "xai/blend.h"
#include "xai/segmentation/segments.h"

namespace backlight {
namespace {

// The area around those pixels of each segment that the baseline changes.
std::vector<Area> areas_of(const Tensor& segments, std::int64_t count,
                           const std::vector<bool>& differs) {
  std::vector<Area> areas(static_cast<std::size_t>(count));
  const std::int32_t* segment = segments.data<std::int32_t>();
  for (std::size_t k = 0; k < differs.size(); ++k) {
    if (!differs[k]) continue;
    const auto pixel = static_cast<std::int64_t>(k);
    const std::int64_t i = pixel / segments.dim(1), j = pixel % segments.dim(1);
    Area& area = areas[static_cast<std::size_t>(segment[k])];
    area = area.with({{i, i + 1}, {j, j + 1}});
  }
  return areas;
}

}  // namespace

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
  areas_ = areas_of(segments_, players_, differing_pixels(x, baseline));
}

Area SegmentGame::hidden_by(const Coalition& shown) const {
  Area hidden;
  for (std::size_t s = 0; s < shown.size(); ++s)
    if (!shown[s]) hidden = hidden.with(areas_[s]);
  return hidden;
}

Tensor SegmentGame::inputs(const std::vector<Coalition>& coalitions,
                           const std::vector<std::int64_t>& which) const {
  const auto count = static_cast<std::int64_t>(which.size());
  Tensor masks({count, x_.dim(1), x_.dim(2), 1}, x_.dtype());
  const std::int32_t* segment = segments_.data<std::int32_t>();
  const std::int64_t pixels = segments_.numel();
  dispatch_floating(x_.dtype(), "a game of segments", [&](auto type) {
    using T = decltype(type);
    T* mask = masks.mutable_data<T>();
    for (const std::int64_t k : which) {
      const Coalition& shown = coalitions[static_cast<std::size_t>(k)];
      for (std::int64_t i = 0; i < pixels; ++i, ++mask)
        *mask = shown[static_cast<std::size_t>(segment[i])] ? T{1} : T{0};
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
    std::vector<Area> hidden;
    for (const Coalition& shown : missing) hidden.push_back(hidden_by(shown));
    const std::vector<double> scores = scores_near(
        model_, objective_, x_, hidden,
        [&](const std::vector<std::int64_t>& which) { return inputs(missing, which); }, work);
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
