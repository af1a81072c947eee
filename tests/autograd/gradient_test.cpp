// The gradients of every op: against finite differences, gradients of gradients likewise, and
// float32 kernels against float64 plain loops.
#include <algorithm>

#include "kernels/parallel.h"
#include "tests/autograd/differentiate.h"

namespace backlight::testing {
namespace {

constexpr double kStep = 1e-5;
constexpr std::uint64_t kDirectionSeed = 950, kDirections = 4;

// df/dx by central differences, for every element of every input.
std::vector<Tensor> central_differences(const std::function<double(const std::vector<Tensor>&)>& f,
                                        std::vector<Tensor> at) {
  std::vector<Tensor> result;
  for (Tensor& input : at) {
    Tensor slope(input.shape(), DType::f64);
    for (std::int64_t i = 0; i < input.numel(); ++i) {
      const double value = input.at(i);
      input.mutable_data<double>()[i] = value + kStep;
      const double above = f(at);
      input.mutable_data<double>()[i] = value - kStep;
      const double below = f(at);
      input.mutable_data<double>()[i] = value;
      slope.mutable_data<double>()[i] = (above - below) / (2 * kStep);
    }
    result.push_back(slope);
  }
  return result;
}

// The derivative of f along a direction of one input, by a central difference.
double slope_towards(const std::function<double(const std::vector<Tensor>&)>& f,
                     const std::vector<Tensor>& at, std::size_t input, const Tensor& towards) {
  const auto moved = [&](double step) {
    std::vector<Tensor> inputs = at;
    inputs[input] = at[input].clone();
    double* values = inputs[input].mutable_data<double>();
    for (std::int64_t i = 0; i < towards.numel(); ++i) values[i] += step * towards.at(i);
    return f(inputs);
  };
  return (moved(kStep) - moved(-kStep)) / (2 * kStep);
}

// <v, grad <c, f(x)>> as a function of x and c, where v are fixed random directions: its gradient
// with respect to c checks the forward derivative, that with respect to x the second one.
Var directional_derivative(const OpCase& op_case, const std::vector<Var>& inputs,
                           const Var& cotangent) {
  const Var output = op_case.compute(inputs);
  const std::vector<Var> gradients =
      grad({output}, inputs, {.cotangents = {cotangent}, .create_graph = true});
  Var total = Tensor::zeros({}, DType::f64);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    total = add(
        total,
        sum(multiply(gradients[i], uniform(gradients[i].shape(), DType::f64, kDirectionSeed + i))));
  return total;
}

// Thousands of tiny computations: waking a second thread for each would take most of the time.
class SmallCases : public ::testing::TestWithParam<OpCase> {
 protected:
  void SetUp() override { kernels::set_thread_count(1); }
  void TearDown() override { kernels::set_thread_count(threads_); }

 private:
  int threads_ = kernels::thread_count();
};
class LargeCases : public ::testing::TestWithParam<OpCase> {};

TEST_P(SmallCases, GradientIsThatOfFiniteDifferences) {
  const OpCase& op_case = GetParam();
  const auto weighted_output = [&](const std::vector<Tensor>& inputs) {
    const Tensor output = op_case.compute({inputs.begin(), inputs.end()}).value();
    return dot(output, uniform(output.shape(), DType::f64, kCotangentSeed));
  };
  const std::vector<Tensor> expected =
      central_differences(weighted_output, op_case.draw(DType::f64));
  expect_all_close(differentiate(op_case, DType::f64, false).of_inputs, expected, 1e-7);
  expect_all_close(differentiate(op_case, DType::f64, true).of_inputs, expected, 1e-7);
}

TEST_P(SmallCases, GradientOfGradientIsThatOfFiniteDifferences) {
  const OpCase& op_case = GetParam();
  std::vector<Tensor> at = op_case.draw(DType::f64);
  const Shape output = op_case.compute({at.begin(), at.end()}).shape();
  at.push_back(uniform(output, DType::f64, kCotangentSeed));
  const auto split = [&](const std::vector<Var>& vars) {
    return directional_derivative(op_case, {vars.begin(), vars.end() - 1}, vars.back());
  };
  const auto value = [&](const std::vector<Tensor>& tensors) {
    Recording recording({.create_graph = true});
    return split(recorded(recording, tensors)).value().item();
  };

  Recording recording({.create_graph = true});
  const std::vector<Var> inputs = recorded(recording, at);
  const std::vector<Var> gradients = grad({split(inputs)}, inputs);
  double scale = 0;
  for (const Var& gradient : gradients) scale = std::max(scale, norm(gradient.value()));
  EXPECT_GT(scale, 1e-3) << "the gradient is zero everywhere and proves nothing";
  for (std::size_t i = 0; i < at.size(); ++i)
    for (std::uint64_t direction = 0; direction < kDirections; ++direction) {
      const Tensor towards = uniform(at[i].shape(), DType::f64, 70 + direction);
      const double actual = dot(gradients[i].value(), towards);
      const double expected = slope_towards(value, at, i, towards);
      EXPECT_FALSE(!(std::abs(actual - expected) <= 1e-7 * scale * norm(towards)))
          << "input " << i << ": " << actual << " instead of " << expected;
    }
}

void expect_float32_close_to_float64(const OpCase& op_case, double tolerance) {
  const Gradients exact = differentiate(op_case, DType::f64, false);
  const Gradients quick = differentiate(op_case, DType::f32, false);
  EXPECT_EQ(quick.output.dtype(), DType::f32);
  EXPECT_TRUE(is_close(quick.output, exact.output, tolerance));
  expect_all_close(quick.of_inputs, exact.of_inputs, tolerance);
}

TEST_P(SmallCases, Float32IsCloseToFloat64) { expect_float32_close_to_float64(GetParam(), 1e-5); }
TEST_P(LargeCases, Float32IsCloseToFloat64) { expect_float32_close_to_float64(GetParam(), 1e-5); }

std::string test_name(const ::testing::TestParamInfo<OpCase>& info) {
  return test_name_of(info.param);
}

INSTANTIATE_TEST_SUITE_P(Ops, SmallCases, ::testing::ValuesIn(small_cases()), test_name);
INSTANTIATE_TEST_SUITE_P(Ops, LargeCases, ::testing::ValuesIn(large_cases()), test_name);

}  // namespace
}  // namespace backlight::testing
