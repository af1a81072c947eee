#include "xai/integrated_gradients.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

using kernels::Binary;

// (x - baseline) sum_k w_k g(baseline + a_k (x - baseline)), one gradient at a time.
Tensor by_hand(const Model& model, const Tensor& x, const Tensor& baseline, std::int64_t target,
               const Nodes& nodes) {
  const Tensor difference = kernels::binary(Binary::subtract, x, baseline);
  Tensor sum = Tensor::zeros(x.shape(), DType::f64);
  for (std::size_t k = 0; k < nodes.points.size(); ++k) {
    const Tensor point =
        kernels::binary(Binary::add, baseline, kernels::affine(difference, nodes.points[k], 0));
    sum = kernels::binary(
        Binary::add, sum,
        kernels::affine(input_gradient(model, point, logit_of(target)), nodes.weights[k], 0));
  }
  return kernels::binary(Binary::multiply, difference, sum);
}

TEST(IntegratedGradients, IsTheWeightedSumForEveryRule) {
  const Network smooth = network("smooth");
  const Tensor x = smooth.reference.at("input").rows(0, 1);
  const Tensor baseline = uniform(x.shape(), DType::f64, 9, 0, 1);
  for (std::size_t rule = 0; rule < quadrature_names().size(); ++rule) {
    const IntegratedGradientsOptions options{.steps = 7,
                                             .quadrature = static_cast<Quadrature>(rule)};
    const Tensor expected =
        by_hand(smooth.model, x, baseline, 2, quadrature_nodes(options.quadrature, 7));
    const IntegratedGradientsResult result =
        integrated_gradients(smooth.model, x, baseline, logit_of(2), options, {.batch = 3});
    EXPECT_TRUE(is_close(result.values, expected, 1e-12)) << quadrature_names()[rule];
    EXPECT_NEAR(result.sum, dot(expected, Tensor::full(x.shape(), 1, DType::f64)), 1e-12);
  }
}

TEST(IntegratedGradients, IsCompleteOnASmoothNetwork) {
  const Network smooth = network("smooth");
  const Tensor x = smooth.reference.at("input").rows(1, 1);
  for (const Tensor& baseline :
       {Tensor::zeros(x.shape(), DType::f64), Tensor::full(x.shape(), 1, DType::f64),
        uniform(x.shape(), DType::f64, 4, 0, 1)}) {
    const IntegratedGradientsResult result =
        integrated_gradients(smooth.model, x, baseline, logit_of(1), {.steps = 30});
    const double rise =
        evaluate(smooth.model, x, logit_of(1)) - evaluate(smooth.model, baseline, logit_of(1));
    EXPECT_GT(std::abs(rise), 1e-3);
    EXPECT_NEAR(result.expected, rise, 1e-12);
    EXPECT_NEAR(result.sum, rise, 1e-9);
    EXPECT_NEAR(result.delta(), 0, 1e-9);
  }
}

// Along a straight line a quadratic's gradient is linear: exact for these rules with any steps.
TEST(IntegratedGradients, IsExactForAQuadratic) {
  const Quadratic model(3, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const Tensor baseline = uniform({1, 2, 2, 3}, DType::f64, 6);
  const Tensor middle = kernels::affine(kernels::binary(Binary::add, x, baseline), 0.5, 0);
  const Tensor expected = kernels::binary(
      Binary::multiply, kernels::binary(Binary::subtract, x, baseline), model.gradient(2, middle));
  for (const Quadrature rule :
       {Quadrature::gauss_legendre, Quadrature::midpoint, Quadrature::trapezoid})
    for (const std::int64_t steps : {2, 5}) {
      const IntegratedGradientsResult result = integrated_gradients(
          model, x, baseline, logit_of(2), {.steps = steps, .quadrature = rule});
      EXPECT_TRUE(is_close(result.values, expected, 1e-13));
      EXPECT_NEAR(result.delta(), 0, 1e-13);
    }
}

TEST(IntegratedGradients, OfTheBaselineItselfIsZero) {
  const Network residual = network("residual");
  const Tensor x = residual.reference.at("input").rows(0, 1);
  const IntegratedGradientsResult result =
      integrated_gradients(residual.model, x, x, logit_of(3), {});
  EXPECT_EQ(norm(result.values), 0);
  EXPECT_EQ(result.sum, 0);
  EXPECT_EQ(result.expected, 0);
}

// The notebook's variant: the left rule whatever was asked, and not multiplied by x.
TEST(IntegratedGradients, NotebookIsTheMeanGradientOfTheLeftRule) {
  const Quadratic model(2, 6, DType::f64);
  const Tensor x = uniform({1, 1, 2, 3}, DType::f64, 5),
               black = Tensor::zeros(x.shape(), x.dtype());
  const IntegratedGradientsResult result = integrated_gradients(
      model, x, black, logit_of(1),
      {.steps = 10, .quadrature = Quadrature::midpoint, .variant = Variant::notebook});
  // The mean of k/10 for k = 0..9 is 0.45.
  const Tensor expected = model.gradient(1, kernels::affine(x, 0.45, 0));
  EXPECT_TRUE(is_close(result.values, expected, 1e-13));
  EXPECT_NEAR(result.sum, dot(expected, x), 1e-13);
  EXPECT_NEAR(result.expected,
              evaluate(model, x, logit_of(1)) - evaluate(model, black, logit_of(1)), 1e-13);
}

TEST(IntegratedGradients, RefusesWhatDoesNotFit) {
  const Quadratic model(3, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5),
               black = Tensor::zeros(x.shape(), x.dtype());
  const auto message = [&](const Tensor& baseline, std::int64_t target, std::int64_t steps,
                           Quadrature rule, std::int64_t batch) {
    return message_of([&] {
      integrated_gradients(model, x, baseline, logit_of(target),
                           {.steps = steps, .quadrature = rule}, {.batch = batch});
    });
  };
  const Quadrature gauss = Quadrature::gauss_legendre;
  EXPECT_EQ(message(black, 0, 5, gauss, 8), "");
  EXPECT_EQ(message(Tensor::zeros({1, 2, 3, 3}, DType::f64), 0, 5, gauss, 8),
            "a baseline of shape [1, 2, 3, 3] does not fit an input of [1, 2, 2, 3]");
  EXPECT_NE(message(black, 3, 5, gauss, 8), "");
  EXPECT_NE(message(black, -1, 5, gauss, 8), "");
  EXPECT_NE(message(black, 0, 0, gauss, 8), "");
  EXPECT_NE(message(black, 0, 1, Quadrature::trapezoid, 8), "");
  EXPECT_EQ(message(black, 0, 5, gauss, 0), "a batch has at least one input, not 0");
}

}  // namespace
}  // namespace backlight::testing
