// The game of the segments: what the model says of a picture of which only some segments are shown.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "xai/local_passes.h"
#include "xai/model.h"

namespace backlight {

// Which segments are shown.
using Coalition = std::vector<bool>;

// A cooperative game in the sense of Shapley. The players are the segments of a picture; the worth
// v(S) of a coalition S is the objective at the input that is x in the segments of S and the
// baseline elsewhere. Errors: x and baseline that do not fit each other (xai/blend.h), segments
// that are none (xai/segmentation/segments.h) or of another height and width.
class SegmentGame {
 public:
  SegmentGame(Model model, Objective objective, const Tensor& x, const Tensor& baseline,
              const Tensor& segments);

  std::int64_t players() const { return players_; }
  Coalition nobody() const { return Coalition(static_cast<std::size_t>(players_), false); }
  Coalition everybody() const { return Coalition(static_cast<std::size_t>(players_), true); }

  // v(coalition(k)) for k in [0, count), split by scores_near. The model is asked about a coalition
  // once, by whichever method is first to want it: the game and its copies remember.
  std::vector<double> worths(std::int64_t count,
                             const std::function<Coalition(std::int64_t)>& coalition,
                             const Work& work) const;

  // A map [H,W] in which each pixel has the value of its segment, in the dtype of x.
  Tensor map(const std::vector<double>& values) const;

 private:
  Tensor inputs(const std::vector<Coalition>& coalitions,
                const std::vector<std::int64_t>& which) const;
  // The area around what is another picture for what a coalition does not show.
  Area hidden_by(const Coalition& shown) const;

  Model model_;
  Objective objective_;
  Tensor x_, baseline_, segments_;
  std::int64_t players_;
  std::vector<Area> areas_;  // around what hiding each segment changes
  using Worths = std::unordered_map<Coalition, double>;
  std::shared_ptr<Worths> known_ = std::make_shared<Worths>();
};

// |errors| / |values|, as L2 norms: how uncertain the segments' values are all together. 0 where
// every value is 0.
double relative_error_of(const std::vector<double>& values, const std::vector<double>& errors);

}  // namespace backlight
