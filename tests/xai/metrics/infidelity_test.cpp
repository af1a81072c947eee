#include "xai/metrics/infidelity.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(Infidelity, IsCaptumsWithTheSameNoise) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Infidelity result = infidelity(
        fixture.network.model, fixture.x, fixture.expected.at("metrics.saliency"),
        fixture.objective, noise_perturbations(fixture.x, 0.1, fixture.seed), 6, {.batch = 4});
    // The normal numbers are float32 and differ in the last bits.
    const double plain = fixture.expected.at("metrics.infidelity").item();
    const double scaled = fixture.expected.at("metrics.infidelity_scaled").item();
    EXPECT_NEAR(result.value, plain, 1e-4 * plain) << name;
    EXPECT_NEAR(result.scaled, scaled, 1e-4 * scaled) << name;
  }
}

// Quantus' perturbations: one patch of 4 x 4 after another is made black and stays so.
TEST(Infidelity, IsQuantusWithItsPatches) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Tensor& x = fixture.x;
    const Perturbations patches = [&](std::int64_t first, std::int64_t count) {
      std::vector<Tensor> inputs;
      for (std::int64_t k = first; k < first + count; ++k) {
        Tensor input = x.clone();
        for (std::int64_t i = 0; i < x.numel(); ++i) {
          const std::int64_t row = i / 3 / 16, column = i / 3 % 16;
          if (row / 4 * 4 + column / 4 <= k) input.mutable_data<double>()[i] = 0;
        }
        inputs.push_back(input);
      }
      const Tensor rows = concatenate(inputs);
      return Perturbed{rows, kernels::binary(kernels::Binary::subtract, x, rows)};
    };
    const Infidelity result =
        infidelity(fixture.network.model, x, fixture.expected.at("metrics.saliency"),
                   fixture.objective, patches, 16, {.batch = 3});
    const double expected = fixture.expected.at("metrics.infidelity_patches").item();
    EXPECT_NEAR(result.value, expected, 1e-10 * expected) << name;
  }
}

// What each pixel adds foretells exactly what a square takes away; so does the gradient of a model
// without curvature.
TEST(Infidelity, OfTheRightMapIsZero) {
  const Quadratic bent(2, 7 * 6 * 3, DType::f64), straight(2, 7 * 6 * 3, DType::f64, 0);
  const Tensor x = uniform({1, 7, 6, 3}, DType::f64, 5), b = uniform({1, 7, 6, 3}, DType::f64, 6);
  const Tensor right = bent.contributions(1, x, b);
  const auto squares = [&](MapKind kind, const Tensor& map) {
    return square_perturbations(x, b, 3, kind, map.shape(), 2);
  };
  const Infidelity exact =
      infidelity(bent, x, right, logit_of(1), squares(MapKind::contribution, right), 8);
  EXPECT_NEAR(exact.value, 0, 1e-20);
  EXPECT_NEAR(exact.beta, 1, 1e-12);
  EXPECT_GT(exact.of_zeros, 1e-3);
  const Tensor per_pixel = kernels::sum_to(right, {1, 7, 6, 1}).reshape({7, 6});
  EXPECT_NEAR(
      infidelity(bent, x, per_pixel, logit_of(1), squares(MapKind::contribution, per_pixel), 8)
          .value,
      0, 1e-20);
  const Tensor gradient = straight.gradient(1, x);
  EXPECT_NEAR(
      infidelity(straight, x, gradient, logit_of(1), squares(MapKind::gradient, gradient), 8).value,
      0, 1e-20);
  // A map of another unit: only the scaled figure knows.
  const Tensor doubled = kernels::affine(right, 2, 0);
  const Infidelity scaled =
      infidelity(bent, x, doubled, logit_of(1), squares(MapKind::contribution, doubled), 8);
  EXPECT_NEAR(scaled.value, scaled.of_zeros, 1e-12);
  EXPECT_NEAR(scaled.scaled, 0, 1e-14);
  EXPECT_NEAR(scaled.beta, 0.5, 1e-12);
}

TEST(Infidelity, OfAMapOfZerosIsThatOfZeros) {
  const Quadratic model(2, 7 * 6 * 3, DType::f64);
  const Tensor x = uniform({1, 7, 6, 3}, DType::f64, 5), b = uniform({1, 7, 6, 3}, DType::f64, 6);
  const Tensor zeros = Tensor::zeros({7, 6}, DType::f64);
  const Infidelity result =
      infidelity(model, x, zeros, logit_of(1),
                 square_perturbations(x, b, 2, MapKind::contribution, zeros.shape(), 2), 5);
  EXPECT_EQ(result.beta, 0);
  EXPECT_EQ(result.scaled, result.of_zeros);
  EXPECT_NEAR(result.value, result.of_zeros, 1e-15);
}

TEST(Infidelity, RefusesWhatDoesNotFit) {
  const Quadratic model(2, 24, DType::f64);
  const Tensor x = uniform({1, 4, 3, 2}, DType::f64, 3);
  const auto message = [&](MapKind kind, std::int64_t side, const Shape& map) {
    return message_of([&] { square_perturbations(x, x, side, kind, map, 0); });
  };
  EXPECT_EQ(message(MapKind::contribution, 2, {4, 3}), "");
  EXPECT_EQ(message(MapKind::gradient, 2, {4, 3}),
            "a map of [4, 3] does not fit a picture of [1, 4, 3, 2]; a gradient has its channels");
  EXPECT_NE(message(MapKind::contribution, 4, {4, 3}), "");
  EXPECT_NE(message(MapKind::contribution, 2, {4, 4}), "");
  EXPECT_NE(message_of([&] { noise_perturbations(x, 0, 1); }), "");
  EXPECT_NE(message_of([&] {
              infidelity(model, x, Tensor::zeros({4, 3}, DType::f64), logit_of(0),
                         noise_perturbations(x, 0.1, 1));
            }),
            "");
}

}  // namespace
}  // namespace backlight::testing
