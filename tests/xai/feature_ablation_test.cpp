#include "xai/feature_ablation.h"

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(FeatureAblation, IsCaptums) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const FeatureAblationResult result = feature_ablation(fixture.game(), {.batch = 4});
    EXPECT_TRUE(is_close(result.values, fixture.expected.at("feature_ablation"), 1e-12)) << name;
  }
}

TEST(FeatureAblation, OfAnAdditiveModelIsWhatASegmentAdds) {
  const Quadratic model(3, 6 * 5 * 2, DType::f64);
  const Tensor x = uniform({1, 6, 5, 2}, DType::f64, 3), b = uniform({1, 6, 5, 2}, DType::f64, 4);
  const Tensor segments = grid_segments(6, 5, 2, 3);
  const FeatureAblationResult result =
      feature_ablation(SegmentGame(model, logit_of(1), x, b, segments));
  const std::vector<double> expected =
      sums_over_segments(model.contributions(1, x, b), segments, 6);
  EXPECT_TRUE(is_close(as_tensor(result.effects), as_tensor(expected), 1e-12));
  EXPECT_NEAR(result.sum, result.expected, 1e-12);
  EXPECT_NEAR(result.expected, evaluate(model, x, logit_of(1)) - evaluate(model, b, logit_of(1)),
              1e-12);
}

// Of a product of two segments either takes all of it away.
TEST(FeatureAblation, CountsInFullWhatSegmentsDoTogether) {
  const Model product = [](const Var& x) {
    const Var sums = sum_to(x, {x.dim(0), 1, 2, 1});
    return exp(sum_to(log(reshape(sums, {x.dim(0), 2})), {x.dim(0), 1}));
  };
  const Tensor x = Tensor::from<double>({1, 2, 3, 4}, {1, 2, 2, 1});
  const Tensor small = Tensor::full({1, 2, 2, 1}, 1e-9, DType::f64);
  const FeatureAblationResult result =
      feature_ablation(SegmentGame(product, logit_of(0), x, small, grid_segments(2, 2, 1, 2)));
  EXPECT_NEAR(result.effects[0], 24, 1e-6);  // (1 + 3)(2 + 4)
  EXPECT_NEAR(result.effects[1], 24, 1e-6);
  EXPECT_NEAR(result.sum, 48, 1e-6);
  EXPECT_NEAR(result.expected, 24, 1e-6);
}

}  // namespace
}  // namespace backlight::testing
