#include "xai/saliency.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

TEST(Saliency, IsTheGradientOfTheLogit) {
  const Quadratic model(4, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  for (const std::int64_t target : {0, 3}) {
    const SaliencyResult result = saliency(model, x, logit_of(target));
    EXPECT_TRUE(is_close(result.values, model.gradient(target, x), 1e-14));
    EXPECT_NEAR(result.norm, norm(result.values), 1e-14);
  }
}

// The notebook's map, from the gradient of the loss by hand: sum_c (p_c - [c = y]) d logit_c / d x.
TEST(Saliency, NotebookIsTheNormalisedMagnitudeOfTheLossGradient) {
  const Quadratic model(4, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const Tensor probabilities = softmax(Var(model(x))).value();
  Tensor gradient = Tensor::zeros(x.shape(), DType::f64);
  for (std::int64_t c = 0; c < 4; ++c)
    gradient = kernels::binary(
        kernels::Binary::add, gradient,
        kernels::affine(model.gradient(c, x), probabilities.at(c) - (c == 2 ? 1 : 0), 0));
  double magnitude[4], least = 1e9, most = 0;
  for (int p = 0; p < 4; ++p) {
    magnitude[p] = std::max({std::abs(gradient.at(3 * p)), std::abs(gradient.at(3 * p + 1)),
                             std::abs(gradient.at(3 * p + 2))});
    least = std::min(least, magnitude[p]);
    most = std::max(most, magnitude[p]);
  }
  const SaliencyResult result = saliency(model, x, loss_of(2), Variant::notebook);
  ASSERT_EQ(result.values.shape(), (Shape{2, 2}));
  for (int p = 0; p < 4; ++p)
    EXPECT_NEAR(result.values.at(p), (magnitude[p] - least) / (most - least), 1e-13);
  EXPECT_NEAR(result.norm, norm(gradient), 1e-13);
}

// Its own check: the model rises along the gradient as the gradient's norm says.
TEST(Saliency, MeasuresTheSlopeAlongTheGradient) {
  const Quadratic model(3, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const SaliencyResult exact =
      saliency(model, x, logit_of(1));  // central differences are, for a quadratic
  EXPECT_NEAR(exact.slope, exact.norm, 1e-9 * exact.norm);
  EXPECT_FALSE(!(exact.relative_difference <= 1e-9));

  const Network smooth = network("smooth");
  const SaliencyResult close =
      saliency(smooth.model, smooth.reference.at("input").rows(0, 1), logit_of(3));
  EXPECT_FALSE(!(close.relative_difference <= 1e-3));
  EXPECT_GT(close.norm, 0);

  // A model whose gradient is a lie is found out: its value takes a way past the recording.
  const Model wrong = [&](const Var& input) {
    return add(model(input), model(Var(input.value().clone())));
  };
  EXPECT_NEAR(saliency(wrong, x, logit_of(1)).relative_difference, 1, 1e-9);
}

TEST(Saliency, OfAConstantModelIsZero) {
  const Model constant = [](const Var& x) {
    return affine(sum_to(reshape(x, {x.dim(0), x.value().numel() / x.dim(0)}), {x.dim(0), 1}), 0,
                  2);
  };
  const Tensor x = uniform({1, 2, 2, 3}, DType::f32, 5);
  for (const Variant variant : {Variant::paper, Variant::notebook}) {
    const SaliencyResult result = saliency(constant, x, logit_of(0), variant);
    EXPECT_EQ(norm(result.values), 0);
    EXPECT_EQ(result.norm, 0);
    EXPECT_EQ(result.relative_difference, 0);
  }
}

TEST(Saliency, RefusesAClassThereIsNot) {
  const Quadratic model(4, 12, DType::f32);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f32, 5);
  EXPECT_NE(message_of([&] { saliency(model, x, logit_of(4)); }), "");
  EXPECT_NE(message_of([&] { saliency(model, x, loss_of(-1), Variant::notebook); }), "");
}

TEST(InputXGradient, MultipliesAndIsCompleteForALinearModel) {
  const Quadratic linear(3, 12, DType::f64, 0), bent(3, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  const InputXGradientResult result = input_x_gradient(linear, x, logit_of(2));
  EXPECT_TRUE(is_close(
      result.values, kernels::binary(kernels::Binary::multiply, x, linear.gradient(2, x)), 1e-14));
  EXPECT_NEAR(result.sum, result.expected, 1e-13);
  EXPECT_NEAR(result.expected,
              evaluate(linear, x, logit_of(2)) -
                  evaluate(linear, Tensor::zeros(x.shape(), x.dtype()), logit_of(2)),
              1e-13);
  // x (a + b x) sums to more than a x + b x^2/2 by b x^2/2.
  const InputXGradientResult too_much = input_x_gradient(bent, x, logit_of(2));
  const Tensor squares = kernels::binary(kernels::Binary::multiply, x, x);
  const double half = dot(bent.curvature.rows(2, 1).reshape(x.shape()), squares) / 2;
  EXPECT_NEAR(too_much.sum - too_much.expected, half, 1e-13);
  EXPECT_GT(std::abs(half), 0.01);
}

}  // namespace
}  // namespace backlight::testing
