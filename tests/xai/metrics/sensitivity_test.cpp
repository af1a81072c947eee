#include "xai/metrics/sensitivity.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"
#include "xai/metrics/completeness.h"
#include "xai/saliency.h"

namespace backlight::testing {
namespace {

TEST(SensitivityMax, IsCaptumsAndQuantusWithTheSameNoise) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Explain explain = [&](const Tensor& x) {
      return input_gradient(fixture.network.model, x, fixture.objective);
    };
    const double expected = fixture.expected.at("metrics.sensitivity_max").item();
    EXPECT_NEAR(sensitivity_max(explain, fixture.x, {.samples = 6, .seed = fixture.seed}), expected,
                1e-10 * expected)
        << name;
  }
}

// A map that is the input itself moves by |d| / |x|.
TEST(SensitivityMax, OfTheInputItselfIsTheLargestStep) {
  const Tensor x = Tensor::from<double>({3, -4}, {1, 1, 2, 1});
  double most = 0;
  for (std::uint64_t k = 0; k < 4; ++k) {
    const Philox philox(8, k);
    most = std::max(most, std::hypot(2 * static_cast<double>(philox.uniform(0)) - 1,
                                     2 * static_cast<double>(philox.uniform(1)) - 1));
  }
  const Explain identity = [](const Tensor& input) { return input; };
  EXPECT_NEAR(sensitivity_max(identity, x, {.radius = 0.5, .samples = 4, .seed = 8}),
              0.5 * most / 5, 1e-14);
  EXPECT_EQ(sensitivity_max(identity, x, {.radius = 0}), 0);
}

TEST(SensitivityMax, RefusesWhatHasNoMeaning) {
  const Tensor x = Tensor::full({1, 2, 2, 1}, 1, DType::f64);
  const auto message = [&](const Explain& explain, const SensitivityOptions& options) {
    return message_of([&] { sensitivity_max(explain, x, options); });
  };
  const Explain identity = [](const Tensor& input) { return input; };
  EXPECT_NE(message(identity, {.samples = 0}), "");
  EXPECT_NE(message(identity, {.radius = -1}), "");
  EXPECT_EQ(message([](const Tensor& input) { return kernels::affine(input, 0, 0); }, {}),
            "the map is all zeros; how far it moves cannot be compared with its size");
  const Explain broken = [calls = 0](const Tensor& input) mutable {
    return kernels::affine(input, ++calls > 3 ? std::nan("") : 1, 0);
  };
  EXPECT_EQ(message(broken, {}), "the map has values that are not finite numbers");
}

TEST(Completeness, ComparesTheSumWithTheRise) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5), b = uniform({1, 2, 2, 3}, DType::f64, 6);
  const Tensor right = model.contributions(1, x, b);
  const Completeness whole = completeness(model, x, b, right, logit_of(1));
  EXPECT_NEAR(whole.delta(), 0, 1e-12);
  EXPECT_NEAR(whole.expected, evaluate(model, x, logit_of(1)) - evaluate(model, b, logit_of(1)),
              1e-12);
  const Tensor more = kernels::affine(right, 1, 0.25);
  EXPECT_NEAR(completeness(model, x, b, more, logit_of(1)).delta(), 3, 1e-12);
  EXPECT_NE(message_of([&] {
              completeness(model, x, b.rows(0, 1).reshape({1, 12}), right, logit_of(1));
            }),
            "");
}

}  // namespace
}  // namespace backlight::testing
