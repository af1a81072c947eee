// Residual, reused, functional and smooth networks through the one grad(), in float64, against
// PyTorch: what holds for them does not depend on layers or on a model class.
#include "tests/xai/networks.h"
#include "tests/testing.h"
#include "xai/integrated_gradients.h"
#include "xai/saliency.h"

namespace backlight::testing {
namespace {

constexpr double kTolerance = 1e-9;

class Networks : public ::testing::TestWithParam<std::string> {
 protected:
  const Tensor& reference(const std::string& name) const { return network_.reference.at(name); }
  const Tensor& x() const { return reference("input"); }
  const Tensor& labels() const { return reference("labels"); }

  Network network_ = network(GetParam());
};

TEST_P(Networks, Logits) {
  EXPECT_TRUE(is_close(network_.model(x()).value(), reference("logits"), kTolerance));
}

TEST_P(Networks, LogitGradient) {
  const Tensor gradient = input_gradient(
      network_.model, x(), [&](const Var& logits) { return sum(pick(logits, labels())); });
  EXPECT_TRUE(is_close(gradient, reference("logit_gradient"), kTolerance));
}

TEST_P(Networks, LossAndItsGradient) {
  const Objective loss = [&](const Var& logits) { return cross_entropy(logits, labels()); };
  EXPECT_NEAR(evaluate(network_.model, x(), loss), reference("loss").item(), kTolerance);
  EXPECT_TRUE(
      is_close(input_gradient(network_.model, x(), loss), reference("loss_gradient"), kTolerance));
}

TEST_P(Networks, LossGradientOfEveryParameter) {
  Recording recording;
  std::vector<std::string> names;
  std::vector<Var> inputs;
  const std::string prefix = "loss_gradient.";
  for (const auto& [entry, tensor] : network_.reference) {
    if (!entry.starts_with(prefix)) continue;
    names.push_back(entry.substr(prefix.size()));
    inputs.push_back(recording.input(network_.parameters.at(names.back())));
  }
  ASSERT_GE(names.size(), 6u);
  const std::vector<Var> gradients =
      grad(std::vector{cross_entropy(network_.model(x()), labels())}, inputs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Tensor expected = network_.in_our_order(names[i], reference(prefix + names[i]));
    EXPECT_TRUE(is_close(gradients[i].value(), expected, kTolerance)) << names[i];
  }
}

TEST_P(Networks, HessianTimesVector) {
  Recording recording({.create_graph = true});
  const Var input = recording.input(x());
  const Var loss = cross_entropy(network_.model(input), labels());
  const Var gradient = grad(std::vector{loss}, std::vector{input}, {.create_graph = true})[0];
  const Tensor product = grad(sum(multiply(gradient, reference("vector"))), input);
  EXPECT_TRUE(is_close(product, reference("hessian_vector"), kTolerance));
}

TEST_P(Networks, MethodsGivePyTorchsMaps) {
  for (const std::int64_t n : {0, 1}) {
    const Tensor one = x().rows(n, 1), black = Tensor::zeros(one.shape(), DType::f64);
    const auto target = static_cast<std::int64_t>(labels().at(n));
    EXPECT_TRUE(is_close(saliency(network_.model, one, logit_of(target)).values,
                         reference("logit_gradient").rows(n, 1), kTolerance));
    const IntegratedGradientsResult integrated =
        integrated_gradients(network_.model, one, black, logit_of(target), {.steps = 20});
    EXPECT_TRUE(
        is_close(integrated.values, reference("integrated_gradients").rows(n, 1), kTolerance));
  }
}

INSTANTIATE_TEST_SUITE_P(Names, Networks,
                         ::testing::Values("residual", "reused", "functional", "smooth"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace backlight::testing
