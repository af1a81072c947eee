#include "xai/kernel_shap.h"

#include <set>

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"
#include "xai/shapley_kernel.h"

namespace backlight::testing {
namespace {

std::int64_t size_of(const Coalition& shown) {
  return std::count(shown.begin(), shown.end(), true);
}

double total_weight(const CoalitionPlan& plan) {
  double sum = 0;
  for (const WeightedCoalition& coalition : plan.coalitions) sum += coalition.weight;
  return sum;
}

std::set<Coalition> distinct(const CoalitionPlan& plan) {
  std::set<Coalition> all;
  for (const WeightedCoalition& coalition : plan.coalitions) all.insert(coalition.shown);
  return all;
}

// (M - 1)/(C(M,s) s (M - s)) over the sum of them all, by hand for M = 4: sizes 1, 2, 3 have 4, 6,
// 4 coalitions and weights 1/4, 1/8, 1/4 each, together 2.75.
TEST(ShapleyKernel, TakesAllCoalitionsOfAFewSegments) {
  const CoalitionPlan plan = plan_coalitions(4, 14, 0);
  EXPECT_EQ(plan.draws, 0);
  EXPECT_EQ(plan.taken, 14u);
  EXPECT_EQ(distinct(plan).size(), 14u);
  for (const auto& [shown, weight] : plan.coalitions) {
    const std::int64_t size = size_of(shown);
    EXPECT_TRUE(size >= 1 && size <= 3);
    EXPECT_NEAR(weight, (size == 2 ? 0.125 : 0.25) / 2.75, 1e-15);
  }
  EXPECT_EQ(distinct(plan_coalitions(5, 100, 0)).size(), 30u);
  EXPECT_EQ(distinct(plan_coalitions(2, 8, 0)).size(), 2u);
}

TEST(ShapleyKernel, DrawsPairsOfTheSizesItCannotTake) {
  const CoalitionPlan plan = plan_coalitions(12, 200, 3);
  // Sizes 1 and 11 are 24 coalitions; of the 132 of sizes 2 and 10 176 samples would draw 38.
  EXPECT_EQ(plan.taken, 24u);
  EXPECT_EQ(plan.draws, 88);
  EXPECT_EQ(distinct(plan).size(), plan.coalitions.size());
  EXPECT_EQ(plan.coalitions.size(), plan.taken + 2 * plan.times.size());
  EXPECT_NEAR(total_weight(plan), 1, 1e-12);
  std::int64_t draws = 0;
  double most_likely = 0;
  for (std::size_t pair = 0; pair < plan.times.size(); ++pair) {
    const WeightedCoalition& one = plan.coalitions[plan.taken + 2 * pair];
    Coalition rest = one.shown;
    rest.flip();
    EXPECT_EQ(plan.coalitions[plan.taken + 2 * pair + 1].shown, rest);
    EXPECT_TRUE(size_of(one.shown) >= 2 && size_of(one.shown) <= 10);
    EXPECT_GE(plan.times[pair], 1);
    draws += plan.times[pair];
    most_likely += static_cast<double>(plan.times[pair]) *
                   (size_of(one.shown) == 2 || size_of(one.shown) == 10);
  }
  EXPECT_EQ(draws, 88);
  // Sizes 2 and 10 have 2 of 20ths of the weight, of 2/20 + 2/27 + 2/32 + 2/35 + 1/36: 0.311.
  EXPECT_NEAR(most_likely / 88, 0.311, 0.15);
  EXPECT_FALSE(distinct(plan) == distinct(plan_coalitions(12, 200, 4)));
  EXPECT_TRUE(distinct(plan) == distinct(plan_coalitions(12, 200, 3)));
}

TEST(ShapleyKernel, AlwaysHasSizeOne) {
  const CoalitionPlan plan = plan_coalitions(50, 104, 0);
  EXPECT_EQ(plan.taken, 100u);
  EXPECT_EQ(plan.draws, 2);
  EXPECT_EQ(message_of([] { plan_coalitions(50, 103, 0); }),
            "KernelSHAP needs at least two samples a segment and four more, 104, not 103");
  EXPECT_NE(message_of([] { plan_coalitions(1, 100, 0); }), "");
}

// Enumerated by the definition, and by SHAP's own program.
TEST(KernelShap, OfFewSegmentsIsTheShapleyValue) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const KernelShapResult result = kernel_shap(fixture.game(), {});
    EXPECT_TRUE(result.is_exact);
    EXPECT_EQ(result.coalitions, 510);
    EXPECT_TRUE(is_close(as_tensor(result.shapley_values), fixture.expected.at("shapley"), 1e-10))
        << name;
    EXPECT_NEAR(result.sum, result.expected, 1e-12);
    EXPECT_EQ(result.relative_error, 0);
  }
}

TEST(KernelShap, OfASingleSegmentIsAllThereIs) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 1), b = uniform({1, 2, 2, 3}, DType::f64, 2);
  const KernelShapResult result =
      kernel_shap(SegmentGame(model, logit_of(1), x, b, grid_segments(2, 2, 1, 1)), {});
  const double rise = evaluate(model, x, logit_of(1)) - evaluate(model, b, logit_of(1));
  EXPECT_NEAR(result.values.at(0), rise, 1e-12);
  EXPECT_TRUE(result.is_exact);
  EXPECT_EQ(result.relative_error, 0);
}

TEST(KernelShap, OfAnAdditiveModelIsExactHoweverFewItAsks) {
  const Quadratic model(3, 12 * 10 * 2, DType::f64);
  const Tensor x = uniform({1, 12, 10, 2}, DType::f64, 3),
               b = uniform({1, 12, 10, 2}, DType::f64, 4);
  const Tensor segments = grid_segments(12, 10, 6, 5);
  const KernelShapResult result =
      kernel_shap(SegmentGame(model, logit_of(1), x, b, segments), {.samples = 80, .seed = 9});
  EXPECT_FALSE(result.is_exact);
  EXPECT_EQ(result.coalitions, 80);
  const std::vector<double> expected =
      sums_over_segments(model.contributions(1, x, b), segments, 30);
  EXPECT_TRUE(is_close(as_tensor(result.shapley_values), as_tensor(expected), 1e-10));
  EXPECT_FALSE(!(result.relative_error <= 1e-10));
  for (std::int64_t i = 0; i < 120; ++i)
    EXPECT_NEAR(result.values.at(i), expected[static_cast<std::size_t>(segments.at(i))], 1e-10);
}

// With few samples the values miss the exact ones, about as far as the standard errors say.
TEST(KernelShap, MissesTheExactValuesAsItsStandardErrorsSay) {
  const PerturbationCase fixture("smooth");
  const Tensor& exact = fixture.expected.at("shapley");
  double error = 0, foretold = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const KernelShapResult result =
        kernel_shap(fixture.game(), {.samples = 60, .seed = seed}, {.batch = 64});
    EXPECT_NEAR(result.sum, result.expected, 1e-10);
    for (std::size_t s = 0; s < 9; ++s) {
      const double miss = result.shapley_values[s] - exact.at(static_cast<std::int64_t>(s));
      error += miss * miss;
      foretold += result.standard_errors[s] * result.standard_errors[s];
    }
  }
  EXPECT_GT(error, 0);
  EXPECT_NEAR(std::sqrt(error / foretold), 1, 0.3);
}

TEST(KernelShap, HasTheSameBytesForAnyBatchAndOthersForAnotherSeed) {
  const PerturbationCase fixture("residual");
  const auto map = [&](std::uint64_t seed, std::int64_t batch) {
    return kernel_shap(fixture.game(), {.samples = 40, .seed = seed}, {.batch = batch}).values;
  };
  EXPECT_TRUE(has_same_bytes(map(1, 1), map(1, 7)));
  EXPECT_FALSE(has_same_bytes(map(1, 7), map(2, 7)));
}

}  // namespace
}  // namespace backlight::testing
