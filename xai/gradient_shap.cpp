#include "xai/gradient_shap.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/gradient_sums.h"
#include "kernels/noise.h"
#include "kernels/repeated_work.h"
#include "tensor/random.h"

namespace backlight {
namespace {

using kernels::Binary;

constexpr std::uint64_t kDraws = std::uint64_t{1} << 40;  // beyond the noise of any element

// The ways of the samples [first, first + count): from a baseline to a noisy copy of x.
struct Ways {
  Tensor starts;       // [count,...]
  Tensor differences;  // [count,...]: ends - starts
  Tensor shares;       // [count,1,...]: u
};

Ways draw_ways(const Tensor& x, const Tensor& baselines, const GradientShapOptions& options,
               std::int64_t first, std::int64_t count) {
  std::vector<Tensor> starts;
  std::vector<double> shares;
  for (std::int64_t k = first; k < first + count; ++k) {
    const Philox philox(options.seed, static_cast<std::uint64_t>(k));
    shares.push_back(static_cast<double>(philox.uniform(kDraws)));
    const double row = static_cast<double>(philox.uniform(kDraws + 1));
    starts.push_back(
        baselines.rows(static_cast<std::int64_t>(row * static_cast<double>(baselines.dim(0))), 1));
  }
  std::vector<std::int64_t> extents(static_cast<std::size_t>(x.rank()), 1);
  extents[0] = count;
  Ways ways;
  ways.starts = concatenate(starts);
  ways.shares = Tensor::from(shares, Shape(extents)).to(x.dtype()).to(x.device());
  const Tensor ends =
      kernels::add_noise(x, options.sigma, options.seed, static_cast<std::uint64_t>(first), count);
  ways.differences = kernels::binary(Binary::subtract, ends, ways.starts);
  return ways;
}

void check(const Tensor& x, const Tensor& baselines, const GradientShapOptions& options) {
  require(x.rank() >= 1 && x.dim(0) == 1, "GradientSHAP explains one input, not ", x.shape());
  require(baselines.rank() == x.rank() && baselines.dim(0) >= 1 &&
              baselines.shape().with(0, 1) == x.shape() && baselines.dtype() == x.dtype() &&
              baselines.device() == x.device(),
          "baselines of shape ", baselines.shape(), " in ", name_of(baselines.dtype()),
          " do not fit an input of ", x.shape(), " in ", name_of(x.dtype()));
  require(options.samples >= 1, "GradientSHAP needs at least one sample, not ", options.samples);
  require(options.sigma >= 0, "the noise must not be negative, but is ", options.sigma);
}

// f(x) - the mean of f over the baselines.
double rise_from(const Model& model, const Tensor& x, const Tensor& baselines,
                 const Objective& objective, const Work& work) {
  double mean = 0;
  const std::vector<double> scores = scores_at(
      model, objective, baselines.dim(0),
      [&](std::int64_t first, std::int64_t count) { return baselines.rows(first, count); },
      {.batch = work.batch});
  for (const double score : scores) mean += score / static_cast<double>(scores.size());
  return evaluate(model, x, objective) - mean;
}

}  // namespace

GradientShapResult gradient_shap(const Model& model, const Tensor& x, const Tensor& baselines,
                                 const Objective& objective, const GradientShapOptions& options,
                                 const Work& work) {
  check(x, baselines, options);
  const auto n = static_cast<double>(options.samples);
  kernels::GradientSums mean = kernels::zero_gradient_sums(x.shape(), x.device());
  kernels::RepeatedWork gradient_at(
      [&](const Tensor& points) { return input_gradient(model, points, objective); });
  Ways ways;
  for_each_batch(
      options.samples,
      [&](std::int64_t first, std::int64_t count) {
        ways = draw_ways(x, baselines, options, first, count);
        return kernels::binary(Binary::add, ways.starts,
                               kernels::binary(Binary::multiply, ways.differences, ways.shares));
      },
      work,
      [&](std::int64_t, const Tensor& points) {
        const Tensor terms =
            kernels::binary(Binary::multiply, ways.differences, gradient_at(points));
        kernels::add_gradients(terms,
                               std::vector<double>(static_cast<std::size_t>(points.dim(0)), 1 / n),
                               false, mean);
      });

  GradientShapResult result;
  const Tensor values = mean.sum.to(Device::cpu), squares = mean.squares.to(Device::cpu);
  Tensor errors(x.shape(), DType::f64);
  double values_squared = 0, errors_squared = 0;
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const double value = values.at(i), spread = std::max(0.0, squares.at(i) - value * value);
    const double variance = n > 1 ? spread / (n - 1) : 0;  // of the mean
    errors.mutable_data<double>()[i] = std::sqrt(variance);
    values_squared += value * value;
    errors_squared += variance;
    result.sum += value;
  }
  result.relative_error = values_squared > 0 ? std::sqrt(errors_squared / values_squared) : 0;
  result.values = values.to(x.dtype());
  result.standard_error = errors.to(x.dtype());
  result.expected = rise_from(model, x, baselines, objective, work);
  return result;
}

}  // namespace backlight
