#include "xai/gradient_shap.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(GradientShap, IsCaptumsWithTheSameDraws) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Tensor black = Tensor::zeros(fixture.x.shape(), DType::f64);
    const Tensor baselines = concatenate({black, fixture.other});
    const GradientShapResult plain =
        gradient_shap(fixture.network.model, fixture.x, baselines, fixture.objective,
                      {.samples = 6, .seed = fixture.seed}, {.batch = 4});
    EXPECT_TRUE(is_close(plain.values, fixture.expected.at("gradient_shap"), 1e-12)) << name;
    if (std::string(name) == "residual") continue;  // a ReLU may fall to the other side
    const GradientShapResult noisy =
        gradient_shap(fixture.network.model, fixture.x, baselines, fixture.objective,
                      {.samples = 6, .sigma = 0.1, .seed = fixture.seed}, {.batch = 4});
    // The normal numbers are float32 and differ in the last bits.
    EXPECT_TRUE(is_close(noisy.values, fixture.expected.at("gradient_shap_noisy"), 1e-6));
    EXPECT_FALSE(is_close(noisy.values, fixture.expected.at("gradient_shap"), 1e-2));
  }
}

// The gradient a + c x of the Quadratic model, integrated from b to x, is a + c (b + x)/2.
TEST(GradientShap, OfAQuadraticComesNearTheIntegralAsItsStandardErrorSays) {
  const Quadratic model(2, 192, DType::f64);
  const Tensor x = uniform({1, 8, 8, 3}, DType::f64, 5, 0, 1);
  const Tensor baselines = uniform({3, 8, 8, 3}, DType::f64, 6, 0, 1);
  Tensor exact = Tensor::zeros(x.shape(), DType::f64);
  for (std::int64_t b = 0; b < 3; ++b)
    exact = kernels::binary(
        kernels::Binary::add, exact,
        kernels::affine(model.contributions(1, x, baselines.rows(b, 1)), 1 / 3., 0));
  double error = 0, foretold = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const GradientShapResult result =
        gradient_shap(model, x, baselines, logit_of(1), {.samples = 60, .seed = seed});
    error += std::pow(distance(result.values, exact), 2);
    foretold += dot(result.standard_error, result.standard_error);
    EXPECT_NEAR(result.relative_error, norm(result.standard_error) / norm(result.values), 1e-12);
    EXPECT_NEAR(result.sum, dot(result.values, Tensor::full(x.shape(), 1, DType::f64)), 1e-12);
    EXPECT_NEAR(result.expected, dot(exact, Tensor::full(x.shape(), 1, DType::f64)), 1e-10);
  }
  EXPECT_NEAR(std::sqrt(error / foretold), 1, 0.2);
}

// Without curvature the gradient is the same on every way, and the answer exact.
TEST(GradientShap, OfALinearModelIsComplete) {
  const Quadratic straight(2, 12, DType::f64, 0);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5), b = uniform({1, 2, 2, 3}, DType::f64, 6);
  const GradientShapResult result = gradient_shap(straight, x, b, logit_of(1), {.samples = 3});
  EXPECT_TRUE(is_close(result.values, straight.contributions(1, x, b), 1e-12));
  EXPECT_NEAR(result.delta(), 0, 1e-12);
  EXPECT_FALSE(!(result.relative_error <= 1e-7));
}

TEST(GradientShap, HasTheSameBytesForAnyBatchAndOthersForAnotherSeed) {
  const PerturbationCase fixture("residual");
  const auto map = [&](std::uint64_t seed, std::int64_t batch) {
    return gradient_shap(fixture.network.model, fixture.x, fixture.other, fixture.objective,
                         {.samples = 9, .sigma = 0.05, .seed = seed}, {.batch = batch})
        .values;
  };
  EXPECT_TRUE(has_same_bytes(map(1, 1), map(1, 4)));
  EXPECT_FALSE(has_same_bytes(map(1, 4), map(2, 4)));
}

TEST(GradientShap, RefusesWhatHasNoMeaning) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const auto message = [&](const Tensor& baselines, const GradientShapOptions& options) {
    return message_of([&] { gradient_shap(model, x, baselines, logit_of(0), options); });
  };
  EXPECT_EQ(message(x, {.samples = 2}), "");
  EXPECT_NE(message(x, {.samples = 0}), "");
  EXPECT_NE(message(x, {.samples = 2, .sigma = -1}), "");
  EXPECT_NE(message(x, {.samples = 2, .sigma = std::nan("")}), "");
  EXPECT_NE(message(x.reshape({1, 2, 6}), {.samples = 2}), "");
  EXPECT_NE(message(x.to(DType::f32), {.samples = 2}), "");
}

}  // namespace
}  // namespace backlight::testing
