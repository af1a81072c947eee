#include "xai/shapley_sampling.h"

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(ShapleySampling, IsCaptumsWithTheSamePermutations) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const ShapleySamplingResult result =
        shapley_sampling(fixture.game(), {.permutations = 7, .seed = fixture.seed}, {.batch = 5});
    EXPECT_TRUE(
        is_close(as_tensor(result.shapley_values), fixture.expected.at("shapley_sampling"), 1e-12))
        << name;
    EXPECT_NEAR(result.sum, result.expected, 1e-12);
    EXPECT_GT(result.relative_error, 0);
  }
}

// Over many permutations they come as near the exact values as the standard errors say.
TEST(ShapleySampling, ComesNearTheExactValuesAsItsStandardErrorsSay) {
  const PerturbationCase fixture("smooth");
  const Tensor& exact = fixture.expected.at("shapley");
  double error = 0, foretold = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const ShapleySamplingResult result =
        shapley_sampling(fixture.game(), {.permutations = 20, .seed = seed}, {.batch = 64});
    for (std::size_t s = 0; s < 9; ++s) {
      const double miss = result.shapley_values[s] - exact.at(static_cast<std::int64_t>(s));
      error += miss * miss;
      foretold += result.standard_errors[s] * result.standard_errors[s];
    }
    EXPECT_NEAR(result.relative_error,
                norm(as_tensor(result.standard_errors)) / norm(as_tensor(result.shapley_values)),
                1e-12);
  }
  EXPECT_GT(error, 0);
  EXPECT_NEAR(std::sqrt(error / foretold), 1, 0.3);  // of 90 values
}

TEST(ShapleySampling, OfAnAdditiveModelIsExactAndHasNoSpread) {
  const Quadratic model(3, 6 * 5 * 2, DType::f64);
  const Tensor x = uniform({1, 6, 5, 2}, DType::f64, 3), b = uniform({1, 6, 5, 2}, DType::f64, 4);
  const Tensor segments = grid_segments(6, 5, 2, 3);
  const ShapleySamplingResult result =
      shapley_sampling(SegmentGame(model, logit_of(1), x, b, segments), {.permutations = 3});
  const std::vector<double> expected =
      sums_over_segments(model.contributions(1, x, b), segments, 6);
  EXPECT_TRUE(is_close(as_tensor(result.shapley_values), as_tensor(expected), 1e-12));
  EXPECT_FALSE(!(result.relative_error <= 1e-7));
  for (std::int64_t i = 0; i < 30; ++i)
    EXPECT_NEAR(result.values.at(i), expected[static_cast<std::size_t>(segments.at(i))], 1e-12);
}

TEST(ShapleySampling, HasTheSameBytesForAnyBatchAndOthersForAnotherSeed) {
  const PerturbationCase fixture("residual");
  const auto map = [&](std::uint64_t seed, std::int64_t batch) {
    return shapley_sampling(fixture.game(), {.permutations = 3, .seed = seed}, {.batch = batch})
        .values;
  };
  EXPECT_TRUE(has_same_bytes(map(1, 1), map(1, 7)));
  EXPECT_FALSE(has_same_bytes(map(1, 7), map(2, 7)));
}

TEST(ShapleySampling, OfOneSegmentIsTheWholeDifference) {
  const PerturbationCase fixture("smooth");
  const ShapleySamplingResult result =
      shapley_sampling(SegmentGame(fixture.network.model, fixture.objective, fixture.x,
                                   fixture.other, grid_segments(16, 16, 1, 1)),
                       {.permutations = 2});
  EXPECT_EQ(result.shapley_values, std::vector<double>{result.expected});
  EXPECT_NE(message_of([&] { shapley_sampling(fixture.game(), {.permutations = 0}); }), "");
}

}  // namespace
}  // namespace backlight::testing
