#include "xai/metrics/randomisation.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"

namespace backlight::testing {
namespace {

// Two linear layers, y = B (A x), each of which can be drawn anew.
struct TwoLayers {
  static constexpr std::int64_t kHidden = 40;

  static Model model(std::int64_t randomised) {
    const Tensor a = uniform({kHidden, 64}, DType::f64, randomised >= 2 ? 11 : 1);
    const Tensor b = uniform({3, kHidden}, DType::f64, randomised >= 1 ? 12 : 2);
    return [=](const Var& x) { return linear(linear(flatten(x), a, Var()), b, Var()); };
  }

  RandomisableModel randomisable{{"second", "first"}, model};
};

const Tensor kX = uniform({1, 8, 8, 1}, DType::f64, 5);

TEST(RandomisationCascade, ForgetsWhatTheLayersKnew) {
  const ExplainModel gradient = [](const Model& model) {
    return input_gradient(model, kX, logit_of(1));
  };
  const auto steps = randomisation_cascade(TwoLayers().randomisable, gradient);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].layer, "second");
  EXPECT_EQ(steps[1].layer, "first");
  // By definition: the original against each state of the network.
  const Tensor original = gradient(TwoLayers::model(0));
  for (std::int64_t k = 1; k <= 2; ++k) {
    const RandomisationStep& step = steps[static_cast<std::size_t>(k - 1)];
    const Tensor map = gradient(TwoLayers::model(k));
    EXPECT_EQ(step.rank_correlation, rank_correlation(original, map));
    EXPECT_EQ(step.magnitude_rank_correlation,
              rank_correlation(original, map, Compared::magnitude));
    EXPECT_LT(std::abs(step.rank_correlation), 0.5);  // four standard errors of 64 values
  }
}

TEST(RandomisationCascade, SeesThroughAMapThatOnlyShowsThePicture) {
  const ExplainModel picture = [](const Model&) { return kX; };
  for (const RandomisationStep& step : randomisation_cascade(TwoLayers().randomisable, picture)) {
    EXPECT_NEAR(step.rank_correlation, 1, 1e-12);
    EXPECT_NEAR(step.magnitude_rank_correlation, 1, 1e-12);
  }
  // Only the sign turns.
  const ExplainModel turned = [calls = 0](const Model&) mutable {
    return kernels::affine(kX, calls++ == 0 ? 1 : -1, 0);
  };
  const auto steps = randomisation_cascade(TwoLayers().randomisable, turned);
  EXPECT_NEAR(steps[0].rank_correlation, -1, 1e-12);
  EXPECT_NEAR(steps[0].magnitude_rank_correlation, 1, 1e-12);
  EXPECT_NE(message_of([&] { randomisation_cascade({{}, TwoLayers::model}, picture); }), "");
}

}  // namespace
}  // namespace backlight::testing
