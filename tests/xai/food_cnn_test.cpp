// Every method on the food CNNs of both editions against the maps that PyTorch and Captum give.
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "tests/xai/food_cnn_fixture.h"
#include "xai/gradient_sum.h"
#include "xai/integrated_gradients.h"
#include "xai/saliency.h"

namespace backlight::testing {
namespace {

struct Case {
  std::string edition;
  DType dtype;
};

class FoodCnnMaps : public ::testing::TestWithParam<Case> {
 protected:
  const std::string& edition() const { return GetParam().edition; }
  DType dtype() const { return GetParam().dtype; }
  bool exact() const { return dtype() == DType::f64; }
  Tensor x(int n) const { return picture(n, dtype()); }
  std::int64_t target(int n) const { return label(edition(), n); }

  Tensor integrated(int n, Quadrature rule, Variant variant = Variant::paper) const {
    const IntegratedGradientsOptions options{
        .steps = variant == Variant::notebook ? 10 : 50, .quadrature = rule, .variant = variant};
    const Tensor black = Tensor::zeros(x(n).shape(), dtype());
    return integrated_gradients(model_, x(n), black, target(n), options).values;
  }

  Model model_ = food_cnn(GetParam().edition, GetParam().dtype);
};

TEST_P(FoodCnnMaps, Saliency) {
  for (const int n : {0, 1}) {
    expect_map(saliency(model_, x(n), target(n)).values, edition(), "saliency", n);
    const Tensor notebook = saliency(model_, x(n), target(n), Variant::notebook).values;
    EXPECT_EQ(notebook.shape(), (Shape{128, 128}));
    expect_map(notebook, edition(), "saliency_notebook", n);
  }
}

TEST_P(FoodCnnMaps, InputXGradient) {
  for (const int n : {0, 1})
    expect_map(input_x_gradient(model_, x(n), target(n)).values, edition(), "input_x_gradient", n);
}

TEST_P(FoodCnnMaps, IntegratedGradients) {
  for (const int n : {0, 1})
    expect_map(integrated(n, Quadrature::gauss_legendre), edition(),
               "integrated_gradients_gauss_legendre", n);
}

// The rules that pass through the black picture come in float64 only: there every pooling away
// from the border is a tie, which a convolution that rounds from position to position breaks at
// random.
TEST_P(FoodCnnMaps, IntegratedGradientsOfTheNotebook) {
  if (!exact()) GTEST_SKIP() << "contains the black picture";
  for (const int n : {0, 1})
    expect_map(integrated(n, Quadrature::left, Variant::notebook), edition(),
               "integrated_gradients_notebook", n);
}

TEST_P(FoodCnnMaps, IntegratedGradientsByEveryRule) {
  if (edition() != "food") GTEST_SKIP() << "the fixtures hold them for one edition";
  expect_map(integrated(0, Quadrature::midpoint), edition(), "integrated_gradients_midpoint", 0);
  expect_map(integrated(1, Quadrature::right), edition(), "integrated_gradients_right", 1);
  if (!exact()) return;
  expect_map(integrated(1, Quadrature::left), edition(), "integrated_gradients_left", 1);
  const Tensor trapezoid = integrated(0, Quadrature::trapezoid);
  expect_map(trapezoid, edition(), "integrated_gradients_trapezoid", 0);
  // Captum's weights sum to 49/50.
  expect_map(kernels::affine(trapezoid, 49.0 / 50, 0), edition(),
             "integrated_gradients_captum_trapezoid", 0);
}

// The sum that SmoothGrad is, over noise that PyTorch has been given too.
TEST_P(FoodCnnMaps, MeanGradientOverGivenNoise) {
  const Tensor noise = fixture_npy("food_cnn/smoothgrad_noise.npy");
  const Tensor z = kernels::affine(noise.to(dtype()), 1.0 / 32, -4);  // (byte - 128) / 32
  const auto mean_gradient = [&](double sigma, const Objective& objective, Part part) {
    const Points points = [&](std::int64_t first, std::int64_t count) {
      return kernels::binary(kernels::Binary::add, x(0),
                             kernels::affine(z.rows(first, count), sigma, 0));
    };
    return sum_gradients(model_, objective, 4, points, [](std::int64_t) { return 0.25; }, part,
                         {.batch = 3})
        .sum;
  };
  const Tensor bytes = x(0).to(DType::f64);
  const auto [least, most] =
      std::minmax_element(bytes.data<double>(), bytes.data<double>() + bytes.numel());
  const double range = *most - *least;
  expect_map(mean_gradient(0.15 * range, logit_of(target(0)), Part::value), edition(), "smoothgrad",
             0);
  expect_map(mean_gradient(0.4 / range * 0.4 / range, loss_of(target(0)), Part::magnitude),
             edition(), "smoothgrad_notebook", 0);
}

INSTANTIATE_TEST_SUITE_P(
    Editions, FoodCnnMaps,
    ::testing::Values(Case{"food", DType::f32}, Case{"food", DType::f64}, Case{"prelu", DType::f32},
                      Case{"prelu", DType::f64}),
    [](const auto& info) { return info.param.edition + "_" + name_of(info.param.dtype); });

}  // namespace
}  // namespace backlight::testing
