// Forward passes of pictures that differ from one picture in a small part: only what sees the part
// is computed again.
#pragma once

#include <functional>
#include <vector>

#include "xai/model.h"

namespace backlight {

// Pixels [first, last) along one axis.
struct Span {
  std::int64_t first = 0, last = 0;
};

struct Area {
  Span rows, columns;

  bool is_empty() const { return rows.first >= rows.last || columns.first >= columns.last; }
  // The smallest area around this one and another.
  Area with(const Area& other) const;
};

// The pictures of these numbers, [count,H,W,C].
using PointsAt = std::function<Tensor(const std::vector<std::int64_t>& which)>;

// The objective at points k = 0, 1, ..., of which number k equals x, [1,H,W,C], outside of
// changed[k]; in float64. Where the model begins with stages, x goes through them once. Then each
// stage sees, for a point, a window around what may differ in its input, and its output there is
// patched into what it gave for x; so on from stage to stage, until the model's head gets whole
// features. A window is as large as it must be for what is taken out of it to be what the whole
// picture would give: equal in the formula, rounded elsewhere. Points with much changed, and those
// of a model without stages, go through the model as they are; those with nothing changed have
// exactly the score of x.
// A point's bytes depend on x, on the point and on its changed part, not on work.batch (up to four
// times as many go through small windows at once) nor on the other points. Errors: as scores_at,
// but no points have no scores.
std::vector<double> scores_near(const Model& model, const Objective& objective, const Tensor& x,
                                const std::vector<Area>& changed, const PointsAt& points,
                                const Work& work);

}  // namespace backlight
