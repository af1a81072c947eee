#include "xai/occlusion.h"

#include <algorithm>

#include "xai/blend.h"
#include "xai/local_passes.h"

namespace backlight {
namespace {

// The windows along an axis; the last is cut off, not moved back.
std::vector<Span> spans_along(std::int64_t extent, const OcclusionOptions& options) {
  const std::int64_t count = count_windows(extent, options);
  std::vector<Span> spans;
  for (std::int64_t i = 0; i < count; ++i)
    spans.push_back({i * options.stride, std::min(i * options.stride + options.window, extent)});
  return spans;
}

std::vector<Area> windows_over(const Shape& picture, const OcclusionOptions& options) {
  std::vector<Area> windows;
  for (const Span& rows : spans_along(picture[1], options))
    for (const Span& columns : spans_along(picture[2], options)) windows.push_back({rows, columns});
  return windows;
}

// Calls visit(i) for each pixel, row by row of a picture of `width` columns, under a window.
template <typename Visit>
void for_each_pixel(const Area& window, std::int64_t width, Visit visit) {
  for (std::int64_t y = window.rows.first; y < window.rows.last; ++y)
    for (std::int64_t x = window.columns.first; x < window.columns.last; ++x) visit(y * width + x);
}

// The area around those pixels under a window that the baseline changes.
Area changed_under(const Area& window, std::int64_t width, const std::vector<bool>& differs) {
  Area changed;
  for_each_pixel(window, width, [&](std::int64_t i) {
    if (differs[static_cast<std::size_t>(i)])
      changed = changed.with({{i / width, i / width + 1}, {i % width, i % width + 1}});
  });
  return changed;
}

// Masks [count,H,W,1] of the windows of these numbers: 0 under the window, else 1.
Tensor masks_of(const std::vector<Area>& windows, const std::vector<std::int64_t>& which,
                const Tensor& x) {
  const std::int64_t height = x.dim(1), width = x.dim(2);
  const auto count = static_cast<std::int64_t>(which.size());
  Tensor masks = Tensor::full({count, height, width, 1}, 1, x.dtype());
  dispatch_floating(x.dtype(), "occlusion", [&](auto type) {
    using T = decltype(type);
    T* mask = masks.mutable_data<T>();
    for (const std::int64_t k : which) {
      for_each_pixel(windows[static_cast<std::size_t>(k)], width,
                     [&](std::int64_t i) { mask[i] = 0; });
      mask += height * width;
    }
  });
  return masks;
}

}  // namespace

std::int64_t count_windows(std::int64_t extent, const OcclusionOptions& options) {
  require(options.window >= 1 && options.window <= extent, "a window of ", options.window,
          " pixels does not fit a picture of ", extent);
  require(options.stride >= 1 && (options.stride <= options.window || options.window == extent),
          "a stride of ", options.stride, " pixels leaves some between windows of ", options.window,
          "; take one from 1 to the window");
  return (extent - options.window + options.stride - 1) / options.stride + 1;
}

OcclusionResult occlusion(const Model& model, const Tensor& x, const Tensor& baseline,
                          const Objective& objective, const OcclusionOptions& options,
                          const Work& work) {
  check_picture_and_baseline(x, baseline);
  const std::int64_t height = x.dim(1), width = x.dim(2);
  // Before the windows of the method, one of no pixels and one of all: f(x) and f(baseline).
  std::vector<Area> windows{{{0, 0}, {0, 0}}, {{0, height}, {0, width}}};
  for (const Area& window : windows_over(x.shape(), options)) windows.push_back(window);
  std::vector<Area> changed;
  const std::vector<bool> differs = differing_pixels(x, baseline);
  for (const Area& window : windows) changed.push_back(changed_under(window, width, differs));
  const std::vector<double> scores = scores_near(
      model, objective, x, changed,
      [&](const std::vector<std::int64_t>& which) {
        return blend(x, baseline, masks_of(windows, which, x));
      },
      work);

  OcclusionResult result;
  result.windows = static_cast<std::int64_t>(windows.size()) - 2;
  result.score = scores[0];
  result.baseline = scores[1];
  Tensor mean = Tensor::zeros({height, width}, DType::f64);
  double* value = mean.mutable_data<double>();
  std::vector<double> covered(static_cast<std::size_t>(height * width));
  for (std::size_t k = 2; k < windows.size(); ++k) {
    const double fall = result.score - scores[k];
    result.fall = std::max(result.fall, fall);
    result.rise = std::max(result.rise, -fall);
    for_each_pixel(windows[k], width, [&](std::int64_t i) {
      value[i] += fall;
      ++covered[static_cast<std::size_t>(i)];
    });
  }
  for (std::int64_t i = 0; i < mean.numel(); ++i) value[i] /= covered[static_cast<std::size_t>(i)];
  result.values = mean.to(x.dtype());
  return result;
}

}  // namespace backlight
