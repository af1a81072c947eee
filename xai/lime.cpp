#include "xai/lime.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "tensor/random.h"
#include "xai/coalitions.h"
#include "xai/ridge.h"
#include "xai/segmentation/pixels.h"
#include "xai/segmentation/segments.h"

namespace backlight {
namespace {

// What the notebook draws.
constexpr std::size_t kMostShown = 11;
constexpr double kLeastShown = 0.05;

// Each pixel the mean colour of its segment.
Pixels mean_colours(Pixels picture, const Tensor& segments) {
  const auto count = static_cast<std::size_t>(count_segments(segments));
  const std::int32_t* const segment = segments.data<std::int32_t>();
  const auto channels = static_cast<std::size_t>(picture.channels);
  std::vector<double> sums(count * channels), sizes(count);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    const auto s = static_cast<std::size_t>(segment[i / channels]);
    sums[s * channels + i % channels] += picture.values[i];
    if (i % channels == 0) ++sizes[s];
  }
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    const auto s = static_cast<std::size_t>(segment[i / channels]);
    picture.values[i] = sums[s * channels + i % channels] / sizes[s];
  }
  return picture;
}

// How much a sample counts of which `shown` of `all` segments are shown.
double kernel_weight(double shown, double all, double width) {
  const double distance = 1 - std::sqrt(shown / all);
  return std::sqrt(std::exp(-(distance * distance) / (width * width)));
}

// What is shown of the picture where lime draws the mask z.
Coalition shown_by(const std::uint8_t* z, std::int64_t count, Variant variant) {
  if (variant != Variant::notebook) return Coalition(z, z + count);
  Coalition shown(z + 1, z + count);
  shown.push_back(true);
  return shown;
}

// The weights that the notebook shows: of lime's own numbers, from which segments are one off.
std::vector<double> shown_in_notebook(const std::vector<double>& weights) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(weights[a]) > std::abs(weights[b]);
  });
  std::vector<double> shown(weights.size());
  for (std::size_t i = 0; i < std::min(kMostShown, order.size()); ++i)
    if (const double weight = weights[order[i]]; std::abs(weight) >= kLeastShown)
      shown[order[i]] = weight;
  return shown;
}

// Weights by lime's numbers in the notebook as weights by ours.
std::vector<double> renumbered(std::vector<double> weights) {
  std::rotate(weights.begin(), weights.begin() + 1, weights.end());
  weights.back() = 0;  // that was the invented segment's; the last one's is not known
  return weights;
}

void check(const Tensor& masks, std::int64_t count, const LimeOptions& options) {
  require(masks.rank() == 2 && masks.dtype() == DType::u8 && masks.dim(1) == count, "the masks of ",
          count, " segments are uint8 [samples, ", count, "], not ", name_of(masks.dtype()), " ",
          masks.shape());
  require(masks.dim(0) >= 2, "LIME needs at least two samples, not ", masks.dim(0));
  const std::uint8_t* const z = masks.data<std::uint8_t>();
  require(std::all_of(z, z + count, [](std::uint8_t bit) { return bit == 1; }),
          "the first of LIME's masks must show every segment");
  require(options.kernel_width > 0, "the width of LIME's kernel must be above 0, but is ",
          options.kernel_width);
}

}  // namespace

const std::vector<std::string>& fill_names() {
  static const std::vector<std::string> names{"mean", "black", "blurred"};
  return names;
}

Tensor filled_segments(const Tensor& x, const Tensor& segments, Fill fill) {
  if (fill == Fill::black) return Tensor::zeros(x.shape(), x.dtype(), x.device());
  const Pixels picture = pixels_of(x);
  const auto shorter = static_cast<double>(std::min(picture.height, picture.width));
  const Pixels hidden =
      fill == Fill::mean ? mean_colours(picture, segments) : blurred(picture, shorter / 16);
  return tensor_of(hidden, x.dtype()).reshape(x.shape()).to(x.device());
}

Tensor lime_masks(std::int64_t samples, std::int64_t segments, std::uint64_t seed) {
  Tensor masks({samples, segments}, DType::u8);
  std::uint8_t* z = masks.mutable_data<std::uint8_t>();
  for (std::int64_t k = 0; k < samples; ++k) {
    const Philox random(seed, static_cast<std::uint64_t>(k));
    std::array<std::uint32_t, 4> bits{};
    for (std::int64_t s = 0; s < segments; ++s, ++z) {
      if (s % 128 == 0) bits = random.bits(static_cast<std::uint64_t>(s / 128));
      const auto word = static_cast<std::size_t>(s % 128 / 32);
      *z = k == 0 ? 1 : static_cast<std::uint8_t>(bits[word] >> (s % 32) & 1);
    }
  }
  return masks;
}

LimeResult lime_with_masks(const Model& model, const Tensor& x, const Tensor& segments,
                           const Tensor& masks, const Objective& objective,
                           const LimeOptions& options, const Work& work) {
  const std::int64_t count = count_segments(segments);
  check(masks, count, options);
  const SegmentGame game(model, objective, x, filled_segments(x, segments, options.fill), segments);
  const std::uint8_t* const z = masks.data<std::uint8_t>();
  const std::vector<double> scores = game.worths(
      masks.dim(0), [&](std::int64_t k) { return shown_by(z + k * count, count, options.variant); },
      work);

  std::vector<double> proximities;
  for (std::int64_t k = 0; k < masks.dim(0); ++k) {
    const auto shown = std::accumulate(z + k * count, z + (k + 1) * count, 0.0);
    proximities.push_back(kernel_weight(shown, static_cast<double>(count), options.kernel_width));
  }
  const LinearFit fit = fit_ridge(masks.to(DType::f64), scores, proximities, options.ridge);

  LimeResult result;
  const bool notebook = options.variant == Variant::notebook;
  result.segments = segments;
  result.weights = notebook ? renumbered(fit.weights) : fit.weights;
  result.values = game.map(notebook ? renumbered(shown_in_notebook(fit.weights)) : fit.weights);
  result.standard_errors = notebook ? renumbered(fit.standard_errors) : fit.standard_errors;
  result.standard_error = game.map(result.standard_errors);
  result.relative_error = relative_error_of(result.weights, result.standard_errors);
  result.intercept = fit.intercept;
  result.r2 = fit.r2;
  result.score = scores.front();
  result.local = std::accumulate(fit.weights.begin(), fit.weights.end(), fit.intercept);
  result.invented = notebook ? fit.weights.front() : 0;
  return result;
}

LimeResult lime(const Model& model, const Tensor& x, const Tensor& segments,
                const Objective& objective, const LimeOptions& options, const Work& work) {
  require(options.samples >= 2, "LIME needs at least two samples, not ", options.samples);
  return lime_with_masks(model, x, segments,
                         lime_masks(options.samples, count_segments(segments), options.seed),
                         objective, options, work);
}

}  // namespace backlight
