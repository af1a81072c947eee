#include "xai/metrics/randomisation.h"

#include "kernels/elementwise.h"
#include "models/food_cnn.h"
#include "tests/xai/formula_models.h"
#include "xai/metrics/randomised_food_cnn.h"

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

TEST(RandomisableFoodCnn, DrawsLayersFromTheOutputOn) {
  FoodCnnConfig config = FoodCnnConfig::course(32);
  config.input_size = 32;
  FoodCnn network(config), other(config);
  network.initialise(1);
  other.initialise(2);
  const Tensor x = uniform({2, 32, 32, 3}, DType::f32, 7, 0, 1);
  const Tensor before = network(x).value();
  const RandomisableModel randomised = randomisable(network, 2);
  ASSERT_EQ(randomised.layers.size(), 13u);
  EXPECT_EQ(randomised.layers.front(), "fc.3");
  EXPECT_EQ(randomised.layers.back(), "cnn.0");
  EXPECT_TRUE(has_same_bytes(randomised.randomised(0)(x).value(), before));
  EXPECT_TRUE(has_same_bytes(randomised.randomised(13)(x).value(), other(x).value()));
  for (const std::int64_t count : {1, 4}) {
    FoodCnn expected(config);
    StateDict mixed;
    const StateDict random = other.state_dict();
    // The last linear layers, and the last convolutions with their batch norms.
    std::vector<std::string> drawn{"fc.3."};
    if (count == 4) drawn = {"fc.", "cnn.34.", "cnn.35.", "cnn.30.", "cnn.31."};
    for (const auto& [name, tensor] : network.state_dict()) {
      const bool is_drawn = std::any_of(drawn.begin(), drawn.end(), [&](const std::string& prefix) {
        return name.starts_with(prefix);
      });
      mixed.add(name, is_drawn ? random.at(name) : tensor);
    }
    expected.load_state_dict(mixed);
    EXPECT_TRUE(has_same_bytes(randomised.randomised(count)(x).value(), expected(x).value()))
        << count;
  }
  EXPECT_TRUE(has_same_bytes(network(x).value(), before));
}

}  // namespace
}  // namespace backlight::testing
