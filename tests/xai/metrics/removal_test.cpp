#include "xai/metrics/removal.h"

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

// Quantus' PixelFlipping: the probability after 8, 16, ..., 256 pixels are black.
TEST(RemovalCurve, DeletesPixelsAsQuantusFlipsThem) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Tensor black = Tensor::zeros(fixture.x.shape(), DType::f64);
    const RemovalCurve curve = removal_curve(
        fixture.network.model, fixture.x, black, fixture.expected.at("metrics.saliency"),
        probability_of(2), Removal::deletion, 32, {.batch = 5});
    ASSERT_EQ(curve.scores.size(), 33u);
    const std::vector<double> after(curve.scores.begin() + 1, curve.scores.end());
    EXPECT_TRUE(is_close(as_tensor(after), fixture.expected.at("metrics.pixel_flipping"), 1e-10))
        << name;
    EXPECT_NEAR(curve.scores[0], evaluate(fixture.network.model, fixture.x, probability_of(2)),
                1e-12);
  }
}

// Pixels worth 4, 3, 2, 1: 10, 6, 3, 1, 0 are left, or 0, 4, 7, 9, 10 are there.
TEST(RemovalCurve, TakesTheLargestValuesFirst) {
  const Model total = [](const Var& x) { return sum_to(flatten(x), {x.dim(0), 1}); };
  const Tensor x = Tensor::from<double>({2, 4, 1, 3}, {1, 2, 2, 1});
  const Tensor black = Tensor::zeros(x.shape(), DType::f64);
  const auto run = [&](Removal removal, std::int64_t steps) {
    return removal_curve(total, x, black, x, logit_of(0), removal, steps);
  };
  const RemovalCurve deletion = run(Removal::deletion, 4);
  EXPECT_EQ(deletion.scores, (std::vector<double>{10, 6, 3, 1, 0}));
  EXPECT_EQ(deletion.shares, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_DOUBLE_EQ(deletion.area, (5 + 6 + 3 + 1) / 4.);
  const RemovalCurve insertion = run(Removal::insertion, 4);
  EXPECT_EQ(insertion.scores, (std::vector<double>{0, 4, 7, 9, 10}));
  EXPECT_DOUBLE_EQ(insertion.area, (4 + 7 + 9 + 5) / 4.);
  // Three steps over four pixels: 1, 2 and 4 of them.
  const RemovalCurve uneven = run(Removal::deletion, 3);
  EXPECT_EQ(uneven.scores, (std::vector<double>{10, 6, 3, 0}));
  EXPECT_EQ(uneven.shares, (std::vector<double>{0, 0.25, 0.5, 1}));
  EXPECT_DOUBLE_EQ(uneven.area, 0.25 * 8 + 0.25 * 4.5 + 0.5 * 1.5);
}

TEST(RemovalCurve, RefusesWhatDoesNotFit) {
  const Quadratic model(2, 24, DType::f64);
  const Tensor x = uniform({1, 4, 3, 2}, DType::f64, 3), map = uniform({4, 3}, DType::f64, 3);
  const auto message = [&](const Tensor& of, std::int64_t steps) {
    return message_of(
        [&] { removal_curve(model, x, x, of, logit_of(0), Removal::deletion, steps); });
  };
  EXPECT_EQ(message(map, 12), "");
  EXPECT_EQ(message(map, 13), "the 12 pixels can be exchanged in 1 to 12 steps, not in 13");
  EXPECT_NE(message(map, 0), "");
  EXPECT_NE(message(uniform({4, 4}, DType::f64, 3), 4), "");
}

}  // namespace
}  // namespace backlight::testing
