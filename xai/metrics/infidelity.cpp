#include "xai/metrics/infidelity.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "kernels/noise.h"
#include "tensor/random.h"
#include "xai/blend.h"

namespace backlight {
namespace {

// Where square k lies.
struct Square {
  std::int64_t top, left;
};

Square draw_square(const Tensor& x, std::int64_t side, std::uint64_t seed, std::int64_t k) {
  Random random(seed, static_cast<std::uint64_t>(k));
  const std::int64_t top = random.below(static_cast<int>(x.dim(1) - side + 1));
  return {top, random.below(static_cast<int>(x.dim(2) - side + 1))};
}

// Masks [count,H,W,1] in float64: 0 in the squares, else 1.
Tensor masks_outside_squares(const Tensor& x, std::int64_t side, std::uint64_t seed,
                             std::int64_t first, std::int64_t count) {
  Tensor masks = Tensor::full({count, x.dim(1), x.dim(2), 1}, 1, DType::f64);
  for (std::int64_t n = 0; n < count; ++n) {
    const Square square = draw_square(x, side, seed, first + n);
    for (std::int64_t y = square.top; y < square.top + side; ++y) {
      double* row = masks.mutable_data<double>() + (n * x.dim(1) + y) * x.dim(2) + square.left;
      std::fill(row, row + side, 0);
    }
  }
  return masks;
}

Tensor on_processor(const Tensor& x) { return x.to(Device::cpu).to(DType::f64); }

// sum_i I_i phi_i of each row.
std::vector<double> foretold(const Tensor& changes, const Tensor& map) {
  const Tensor rows = on_processor(changes), values = on_processor(map);
  require(rows.numel() == rows.dim(0) * values.numel(), "changes of ", changes.shape(),
          " do not fit a map of ", map.shape());
  std::vector<double> sums;
  const double *change = rows.data<double>(), *value = values.data<double>();
  for (std::int64_t n = 0; n < rows.dim(0); ++n) {
    double sum = 0;
    for (std::int64_t i = 0; i < values.numel(); ++i) sum += *change++ * value[i];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

Perturbations noise_perturbations(const Tensor& x, double sigma, std::uint64_t seed) {
  require(sigma > 0, "the noise must be above 0, but is ", sigma);
  return [=](std::int64_t first, std::int64_t count) {
    const Tensor noise = kernels::add_noise(Tensor::zeros(x.shape(), x.dtype(), x.device()), sigma,
                                            seed, static_cast<std::uint64_t>(first), count);
    return Perturbed{kernels::binary(kernels::Binary::subtract, x, noise), noise.to(Device::cpu)};
  };
}

Perturbations square_perturbations(const Tensor& x, const Tensor& baseline, std::int64_t side,
                                   MapKind kind, const Shape& map_shape, std::uint64_t seed) {
  check_picture_and_baseline(x, baseline);
  require(side >= 1 && side <= std::min(x.dim(1), x.dim(2)), "a square of ", side,
          " pixels does not fit a picture of ", x.shape());
  const bool has_channels = map_shape.numel() == x.numel();
  require(
      has_channels || (kind == MapKind::contribution && map_shape.numel() == x.dim(1) * x.dim(2)),
      "a map of ", map_shape, " does not fit a picture of ", x.shape(),
      kind == MapKind::gradient ? "; a gradient has its channels" : "");
  return [=](std::int64_t first, std::int64_t count) {
    const Tensor masks = masks_outside_squares(x, side, seed, first, count);
    const Tensor inputs = blend(x, baseline, masks.to(x.dtype()));
    if (kind == MapKind::gradient)
      return Perturbed{inputs, on_processor(kernels::binary(kernels::Binary::subtract, x, inputs))};
    const Tensor squares = kernels::affine(masks, -1, 1);
    return Perturbed{inputs,
                     has_channels ? kernels::broadcast_to(squares, inputs.shape()) : squares};
  };
}

Infidelity infidelity(const Model& model, const Tensor& x, const Tensor& map,
                      const Objective& objective, const Perturbations& perturbations,
                      std::int64_t count, const Work& work) {
  const double score = evaluate(model, x, objective);
  std::vector<double> expected;  // sum I phi
  const std::vector<double> scores = scores_at(
      model, objective, count,
      [&](std::int64_t first, std::int64_t n) {
        const Perturbed perturbed = perturbations(first, n);
        expected.resize(static_cast<std::size_t>(first));  // where a batch is tried again
        const std::vector<double> sums = foretold(perturbed.changes, map);
        expected.insert(expected.end(), sums.begin(), sums.end());
        return perturbed.inputs;
      },
      work);
  double aa = 0, ab = 0, bb = 0;  // means of products of what was foretold and what happened
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double a = expected[k], b = score - scores[k], n = static_cast<double>(count);
    aa += a * a / n;
    ab += a * b / n;
    bb += b * b / n;
  }
  Infidelity result;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double error = expected[k] - (score - scores[k]);
    result.value += error * error / static_cast<double>(count);
  }
  result.beta = aa > 0 ? ab / aa : 0;
  result.scaled = std::max(0.0, bb - result.beta * ab);
  result.of_zeros = bb;
  return result;
}

}  // namespace backlight
