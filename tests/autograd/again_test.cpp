// Ops computed again at other inputs: what rules ask of them.
#include "autograd/ops.h"
#include "autograd/recording.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

// That an op recorded at some inputs gives, at others, what it gives when called with those.
void expect_again(const std::function<Var(const std::vector<Var>&)>& op,
                  const std::vector<Shape>& shapes) {
  std::vector<Tensor> first, other;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    first.push_back(uniform(shapes[i], DType::f64, 2 * i + 1, 0.5f, 1));
    other.push_back(uniform(shapes[i], DType::f64, 2 * i + 2, 0.5f, 1));
  }
  Recording recording;
  std::vector<Var> inputs{recording.input(first[0])};
  inputs.insert(inputs.end(), first.begin() + 1, first.end());
  const Var y = op(inputs);
  const std::vector<Var> others(other.begin(), other.end());
  const Tensor expected = op(others).value();
  EXPECT_FALSE(has_same_bytes(y.value(), expected));
  EXPECT_TRUE(has_same_bytes(y.node()->op->again(others).value(), expected))
      << name_of(y.node()->op->kind());
}

TEST(Again, IsTheOpAtOtherInputs) {
  const Shape small{2, 3};
  expect_again([](auto& in) { return add(in[0], in[1]); }, {small, small});
  expect_again([](auto& in) { return subtract(in[0], in[1]); }, {small, small});
  expect_again([](auto& in) { return multiply(in[0], in[1]); }, {small, {3}});
  expect_again([](auto& in) { return divide(in[0], in[1]); }, {small, small});
  expect_again([](auto& in) { return affine(in[0], 3, -2); }, {small});
  expect_again([](auto& in) { return sum_to(in[0], {1, 3}); }, {small});
  expect_again([](auto& in) { return matmul(in[0], true, in[1], true); }, {small, {4, 2}});
  expect_again([](auto& in) { return linear(in[0], in[1], in[2]); }, {small, {4, 3}, {4}});
  expect_again([](auto& in) { return conv2d(in[0], in[1], in[2], {.stride = 2, .padding = 1}); },
               {{1, 5, 4, 2}, {3, 3, 3, 2}, {3}});
  const Tensor mean = uniform({3}, DType::f64, 9), variance = uniform({3}, DType::f64, 10, 1, 2);
  expect_again([&](auto& in) { return batch_norm(in[0], mean, variance, in[1], in[2], 0.1); },
               {small, {3}, {3}});
}

TEST(Again, IsRefusedByNameWhereNoRuleNeedsIt) {
  Recording recording;
  const Var x = recording.input(uniform({2, 3}, DType::f64, 1));
  EXPECT_NE(message_of([&] { (void)softmax(x).node()->op->again({x}); }).find("the softmax"),
            std::string::npos);
  const Var ones(Tensor::full({3}, 1, DType::f64));
  const Var normed = batch_norm_training(x, ones, ones, 1e-5).output;
  EXPECT_NE(message_of([&] {
              (void)normed.node()->op->again({x, ones, ones});
            }).find("evaluation mode"),
            std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
