#include "xai/smoothgrad.h"

#include <algorithm>

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

double range_of(const Tensor& x) {
  const Tensor values = x.to(DType::f64);
  const auto [least, most] =
      std::minmax_element(values.data<double>(), values.data<double>() + values.numel());
  return *most - *least;
}

// Mean and standard error of a sample of maps, by the textbook.
struct Statistics {
  Tensor mean, standard_error;
};
Statistics statistics(const std::vector<Tensor>& maps) {
  const Shape& shape = maps.front().shape();
  const auto n = static_cast<double>(maps.size());
  Statistics result{Tensor(shape, DType::f64), Tensor(shape, DType::f64)};
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    double mean = 0, squares = 0;
    for (const Tensor& map : maps) mean += map.at(i) / n;
    for (const Tensor& map : maps) squares += (map.at(i) - mean) * (map.at(i) - mean);
    result.mean.mutable_data<double>()[i] = mean;
    result.standard_error.mutable_data<double>()[i] = std::sqrt(squares / (n - 1) / n);
  }
  return result;
}

// x + sigma e with e[i] the normal number of (seed, sample, i).
Tensor noisy(const Tensor& x, double sigma, std::uint64_t seed, std::uint64_t sample) {
  Tensor out(x.shape(), DType::f64);
  const Philox philox(seed, sample);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    out.mutable_data<double>()[i] =
        x.at(i) + sigma * static_cast<double>(philox.normal(static_cast<std::uint64_t>(i)));
  return out;
}

TEST(SmoothGrad, IsTheMeanGradientOverItsNoiseWithItsStandardError) {
  const Network smooth = network("smooth");
  const Tensor x = smooth.reference.at("input").rows(0, 1);
  for (const Variant variant : {Variant::paper, Variant::notebook}) {
    const bool notebook = variant == Variant::notebook;
    const double range = range_of(x), level = notebook ? 0.4 : 0.15;
    const double sigma = notebook ? level / range * level / range : level * range;
    std::vector<Tensor> gradients;
    for (std::uint64_t k = 0; k < 13; ++k) {
      Tensor g =
          input_gradient(smooth.model, noisy(x, sigma, 77, k), notebook ? loss_of(2) : logit_of(2));
      double* values = g.mutable_data<double>();
      for (std::int64_t i = 0; notebook && i < g.numel(); ++i) values[i] = std::abs(values[i]);
      gradients.push_back(g);
    }
    const Statistics expected = statistics(gradients);
    const SmoothGradResult result =
        smoothgrad(smooth.model, x, notebook ? loss_of(2) : logit_of(2),
                   {.samples = 13, .level = level, .seed = 77, .variant = variant}, {.batch = 4});
    EXPECT_NEAR(result.sigma, sigma, 1e-14);
    EXPECT_TRUE(is_close(result.values, expected.mean, 1e-12));
    EXPECT_TRUE(is_close(result.standard_error, expected.standard_error, 1e-6));
    EXPECT_NEAR(result.relative_error, norm(expected.standard_error) / norm(expected.mean),
                1e-6 * result.relative_error);
  }
}

// In float32, too, and where the spread is small beside the values: g = 10 a + 0.1 b x.
TEST(SmoothGrad, StandardErrorIsRightForASmallSpread) {
  Quadratic model(2, 192, DType::f32, 0.1);
  model.slope = kernels::affine(model.slope, 10, 0);
  const Tensor x = uniform({1, 8, 8, 3}, DType::f32, 5, 0, 1);
  const double level = 0.01;
  std::vector<Tensor> gradients;
  for (std::uint64_t k = 0; k < 20; ++k) {
    const Tensor point = noisy(x, level * range_of(x), 0, k).to(DType::f32);
    gradients.push_back(model.gradient(1, point));
  }
  const Statistics expected = statistics(gradients);
  const SmoothGradResult result =
      smoothgrad(model, x, logit_of(1), {.samples = 20, .level = level});
  EXPECT_TRUE(is_close(result.values, expected.mean, 1e-6));
  EXPECT_TRUE(is_close(result.standard_error, expected.standard_error, 1e-2));
}

// The standard error says how far two runs with other noise lie apart.
TEST(SmoothGrad, StandardErrorForetellsTheSpreadBetweenSeeds) {
  const Quadratic model(2, 192, DType::f64);
  const Tensor x = uniform({1, 8, 8, 3}, DType::f64, 5, 0, 1);
  const SmoothGradResult a = smoothgrad(model, x, logit_of(0), {.samples = 50, .seed = 1});
  const SmoothGradResult b = smoothgrad(model, x, logit_of(0), {.samples = 50, .seed = 2});
  const double apart = distance(a.values, b.values);
  const double foretold = std::hypot(norm(a.standard_error), norm(b.standard_error));
  EXPECT_GT(apart, 0);
  EXPECT_NEAR(apart / foretold, 1, 0.2);  // over 192 values
  EXPECT_NEAR(a.relative_error, norm(a.standard_error) / norm(a.values), 1e-12);
}

TEST(SmoothGrad, NoiseIsStandardNormalAndUnlikeFromSampleToSample) {
  // The gradient of sum x^2/2 is x itself, so that two samples' mean shows their noise.
  constexpr std::int64_t kSize = 60000;
  const Model model = [](const Var& x) {
    return sum_to(affine(multiply(flatten(x), flatten(x)), 0.5, 0), {x.dim(0), 1});
  };
  Tensor x = Tensor::zeros({1, kSize}, DType::f64);
  x.mutable_data<double>()[0] = 1;  // so that the range, and with it sigma at level 1, is 1
  std::vector<Tensor> means;
  for (const std::uint64_t seed : {3, 4})
    for (const std::int64_t samples : {1, 2}) {
      const SmoothGradResult result =
          smoothgrad(model, x, logit_of(0), {.samples = samples, .level = 1, .seed = seed});
      EXPECT_EQ(result.sigma, 1);
      means.push_back(result.values);
    }
  const Tensor ones = Tensor::full(x.shape(), 1, DType::f64);
  const auto correlation = [](const Tensor& a, const Tensor& b) {
    return dot(a, b) / (norm(a) * norm(b));
  };
  const double tolerance = 4 / std::sqrt(static_cast<double>(kSize));  // four standard errors
  EXPECT_NEAR(dot(means[0], ones) / kSize, 0, tolerance);
  EXPECT_NEAR(dot(means[0], means[0]) / kSize, 1, 1.5 * tolerance);
  // Of sample 0 alone and the mean of samples 0 and 1: 1/sqrt(2) if they are independent.
  EXPECT_NEAR(correlation(means[0], means[1]), std::sqrt(0.5), tolerance);
  EXPECT_NEAR(correlation(means[0], means[2]), 0, tolerance);  // of two seeds
}

TEST(SmoothGrad, SeedsDifferAndRepeat) {
  const Network residual = network("residual");
  const Tensor x = residual.reference.at("input").rows(0, 1);
  const auto map = [&](std::uint64_t seed) {
    return smoothgrad(residual.model, x, logit_of(1), {.samples = 4, .seed = seed}).values;
  };
  EXPECT_TRUE(has_same_bytes(map(5), map(5)));
  EXPECT_FALSE(has_same_bytes(map(6), map(5)));
  EXPECT_FALSE(has_same_bytes(map(5 + (std::uint64_t{1} << 32)), map(5)));
}

TEST(SmoothGrad, WithoutNoiseOrCurvatureIsTheGradient) {
  const Quadratic bent(2, 12, DType::f64), straight(2, 12, DType::f64, 0);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const SmoothGradResult silent = smoothgrad(bent, x, logit_of(1), {.samples = 5, .level = 0});
  EXPECT_TRUE(is_close(silent.values, bent.gradient(1, x), 1e-14));
  EXPECT_EQ(silent.sigma, 0);
  EXPECT_FALSE(!(silent.relative_error <= 1e-7));
  const SmoothGradResult linear = smoothgrad(straight, x, logit_of(1), {.samples = 5});
  EXPECT_TRUE(is_close(linear.values, straight.gradient(1, x), 1e-14));
  EXPECT_FALSE(!(linear.relative_error <= 1e-7));
  // A picture of a single colour has no range, and so no noise.
  const Tensor grey = Tensor::full({1, 2, 2, 3}, 0.5, DType::f64);
  EXPECT_EQ(smoothgrad(bent, grey, logit_of(1), {.samples = 5}).sigma, 0);
}

TEST(SmoothGrad, RefusesWhatHasNoMeaning) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const auto message = [&](const Tensor& input, const SmoothGradOptions& options) {
    return message_of([&] { smoothgrad(model, input, logit_of(0), options); });
  };
  EXPECT_EQ(message(x, {.samples = 2}), "");
  EXPECT_NE(message(x, {.samples = 0}), "");
  EXPECT_NE(message(x, {.samples = 2, .level = -0.1}), "");
  EXPECT_NE(message(x, {.samples = 2, .level = std::nan("")}), "");
  const Tensor grey = Tensor::full(x.shape(), 0.5, DType::f64);
  EXPECT_EQ(message(grey, {.samples = 2, .variant = Variant::notebook}),
            "the notebook's SmoothGrad divides its noise by the range of the picture, and this one "
            "has a single colour; use --variant paper");
}

}  // namespace
}  // namespace backlight::testing
