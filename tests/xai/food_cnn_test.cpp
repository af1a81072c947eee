// Every method on the food CNNs of both editions against the maps that PyTorch and Captum give.
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "kernels/parallel.h"
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
  // Threads would wait for each other longer than these small networks compute.
  static void SetUpTestSuite() {
    threads_ = kernels::thread_count();
    kernels::set_thread_count(1);
  }
  static void TearDownTestSuite() { kernels::set_thread_count(threads_); }

  const std::string& edition() const { return GetParam().edition; }
  DType dtype() const { return GetParam().dtype; }
  bool exact() const { return dtype() == DType::f64; }
  Tensor x(int n) const { return picture(n, dtype()); }
  std::int64_t target(int n) const { return label(edition(), n); }

  // Integrated Gradients of picture n under a rule against the fixture of that name.
  void expect_integrated(Quadrature rule, const std::string& name, int n,
                         Variant variant = Variant::paper) const {
    const IntegratedGradientsOptions options{
        .steps = variant == Variant::notebook ? 10 : 50, .quadrature = rule, .variant = variant};
    const Tensor black = Tensor::zeros(x(n).shape(), dtype());
    const Tensor map =
        integrated_gradients(model_, x(n), black, logit_of(target(n)), options).values;
    expect_map(map, edition(), "integrated_gradients_" + name, n, true);
  }

  Model model_ = food_cnn(GetParam().edition, GetParam().dtype);
  inline static int threads_ = 1;
};

TEST_P(FoodCnnMaps, Saliency) {
  for (const int n : {0, 1}) {
    expect_map(saliency(model_, x(n), logit_of(target(n))).values, edition(), "saliency", n);
    const Tensor notebook = saliency(model_, x(n), loss_of(target(n)), Variant::notebook).values;
    EXPECT_EQ(notebook.shape(), (Shape{128, 128}));
    expect_map(notebook, edition(), "saliency_notebook", n);
  }
}

TEST_P(FoodCnnMaps, InputXGradient) {
  for (const int n : {0, 1})
    expect_map(input_x_gradient(model_, x(n), logit_of(target(n))).values, edition(),
               "input_x_gradient", n);
}

TEST_P(FoodCnnMaps, IntegratedGradients) {
  expect_integrated(Quadrature::gauss_legendre, "gauss_legendre", 1);
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
        .sum.to(dtype());
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

std::string name_of_case(const ::testing::TestParamInfo<Case>& info) {
  return info.param.edition + "_" + name_of(info.param.dtype);
}

INSTANTIATE_TEST_SUITE_P(Editions, FoodCnnMaps,
                         ::testing::Values(Case{"food", DType::f32}, Case{"food", DType::f64},
                                           Case{"prelu", DType::f32}, Case{"prelu", DType::f64}),
                         name_of_case);

// The left rule and the trapezoid pass through the black picture, where every pooling away from the
// border is a tie: a float32 convolution that rounds differently from position to position breaks
// those at random, so this is for float64.
class FoodCnnPathsFromBlack : public FoodCnnMaps {};

TEST_P(FoodCnnPathsFromBlack, NotebookIntegratedGradients) {
  expect_integrated(Quadrature::left, "notebook", 0, Variant::notebook);
}

INSTANTIATE_TEST_SUITE_P(Editions, FoodCnnPathsFromBlack,
                         ::testing::Values(Case{"food", DType::f64}, Case{"prelu", DType::f64}),
                         name_of_case);

// The fixtures hold the rules beside Gauss and Legendre's for one edition.
class FoodCnnRules : public FoodCnnMaps {};

TEST_P(FoodCnnRules, Midpoint) { expect_integrated(Quadrature::midpoint, "midpoint", 0); }

TEST_P(FoodCnnRules, RightOrTrapezoid) {
  if (exact())
    expect_integrated(Quadrature::trapezoid, "trapezoid", 1);
  else
    expect_integrated(Quadrature::right, "right", 1);
}

INSTANTIATE_TEST_SUITE_P(Editions, FoodCnnRules,
                         ::testing::Values(Case{"food", DType::f32}, Case{"food", DType::f64}),
                         name_of_case);

}  // namespace
}  // namespace backlight::testing
