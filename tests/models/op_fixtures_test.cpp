// Every op against PyTorch: outputs and vector-Jacobian products, in float64.
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <set>

#include "autograd/grad.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

// The arguments of a case by their names in the fixture; one that is not there is undefined.
using Arguments = std::map<std::string, Var>;
using Function = std::function<Var(Arguments&)>;

Function of_input(Var (*f)(const Var&)) {
  return [f](Arguments& a) { return f(a["input"]); };
}
Function convolution(Conv2dGeometry at) {
  return [at](Arguments& a) { return conv2d(a["input"], a["weight"], a["bias"], at); };
}
Function pooling(PoolGeometry at) {
  return [at](Arguments& a) { return max_pool2d(a["input"], at); };
}

// log(1 + e^x)
Var softplus(const Var& x) { return log(affine(exp(x), 1, 1)); }

// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
Var gelu_tanh(const Var& x) {
  const Var inner = add(x, affine(power(x, 3), 0.044715, 0));
  const Var gate = affine(tanh(affine(inner, std::sqrt(2 / std::numbers::pi), 0)), 0.5, 0.5);
  return multiply(x, gate);
}

Var mean_hw(const Var& x) {
  const Shape one_pixel{x.dim(0), 1, 1, x.dim(3)};
  const auto pixels = static_cast<double>(x.dim(1) * x.dim(2));
  return reshape(affine(sum_to(x, one_pixel), 1 / pixels, 0), {x.dim(0), x.dim(3)});
}

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"conv2d.1x1s1p0", convolution({1, 0})},
      {"conv2d.3x3s1p1", convolution({1, 1})},
      {"conv2d.3x3s1p0", convolution({1, 0})},
      {"conv2d.3x3s2p1", convolution({2, 1})},
      {"conv2d.5x5s1p2", convolution({1, 2})},
      {"conv2d.5x5s2p0", convolution({2, 0})},
      {"conv2d.1x1s2p0", convolution({2, 0})},
      {"conv2d.3x3s1p1_nobias", convolution({1, 1})},
      {"max_pool2d.2x2s2p0", pooling({2, 2})},
      {"max_pool2d.2x2s2p0_ties", pooling({2, 2})},
      {"max_pool2d.2x2s2p0_constant", pooling({2, 2})},
      {"max_pool2d.4x4s4p0", pooling({4, 4})},
      {"max_pool2d.4x4s4p0_ties", pooling({4, 4})},
      {"max_pool2d.4x4s4p0_constant", pooling({4, 4})},
      {"mean_hw", of_input(mean_hw)},
      {"relu", of_input(relu)},
      {"sigmoid", of_input(sigmoid)},
      {"tanh", of_input(tanh)},
      {"exp", of_input(exp)},
      {"log", of_input(log)},
      {"softplus", of_input(softplus)},
      {"gelu.tanh", of_input(gelu_tanh)},
      {"sqrt", [](Arguments& a) { return power(a["input"], 0.5); }},
      {"prelu.channel", [](Arguments& a) { return prelu(a["input"], a["weight"]); }},
      {"prelu.shared", [](Arguments& a) { return prelu(a["input"], a["weight"]); }},
      {"linear.bias", [](Arguments& a) { return linear(a["input"], a["weight"], a["bias"]); }},
      {"linear.nobias", [](Arguments& a) { return linear(a["input"], a["weight"], {}); }},
      {"flatten_linear",
       [](Arguments& a) { return linear(flatten(a["input"]), a["weight"], a["bias"]); }},
      {"matmul", [](Arguments& a) { return matmul(a["a"], false, a["b"], false); }},
      {"softmax", of_input(softmax)},
      {"softmax.large", of_input(softmax)},
      {"log_softmax", of_input(log_softmax)},
      {"log_softmax.large", of_input(log_softmax)},
      {"cross_entropy.mean",
       [](Arguments& a) { return cross_entropy(a["input"], a["labels"].value()); }},
      {"batch_norm.train",
       [](Arguments& a) {
         return batch_norm_training(a["input"], a["weight"], a["bias"], 1e-5).output;
       }},
      {"batch_norm.eval",
       [](Arguments& a) {
         return batch_norm(a["input"], a["running_mean"].value(), a["running_var"].value(),
                           a["weight"], a["bias"], 1e-5);
       }},
  };
  return all;
}

// What the program has no op for: padded pooling, average pooling, strides that differ by axis,
// the error function.
const std::set<std::string> kElsewhere{
    "conv2d.3x2s2x1p1x0",          "max_pool2d.3x3s2p1", "max_pool2d.3x3s2p1_ties",
    "max_pool2d.3x3s2p1_constant", "max_pool2d.3x3s1p1", "max_pool2d.3x3s1p1_ties",
    "max_pool2d.3x3s1p1_constant", "avg_pool2d.2x2s2",   "gelu.erf"};

// How a case's weight is stored by PyTorch.
NamedTensor torch_layout(const std::string& name, Tensor* ours) {
  if (name.starts_with("conv2d.")) return {name, ours, true, TorchOrder::oihw};
  if (name == "flatten_linear") return {name, ours, true, TorchOrder::chw_columns, {4, 5, 3}};
  return {name, ours};
}

// A weight, or its gradient, in our order.
Tensor ours(const std::string& name, const Tensor& torch) {
  Shape shape = torch.shape();
  if (name.starts_with("conv2d.")) shape = {shape[0], shape[2], shape[3], shape[1]};
  Tensor target(shape, torch.dtype());
  return from_torch(torch_layout(name, &target), torch);
}

// Equal to 1e-9 of the expected norm; what is all zeros must be all zeros.
void expect_equal(const Tensor& actual, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  EXPECT_FALSE(!(distance(actual, expected) <= 1e-9 * norm(expected)))
      << what << " is off by " << distance(actual, expected) << " of " << norm(expected);
}

void check_case(const std::string& name, const Function& function, const StateDict& fixture) {
  SCOPED_TRACE(name);
  Recording recording;
  Arguments arguments;
  for (const auto& [entry, tensor] : fixture) {
    if (!entry.starts_with(name + ".")) continue;
    const std::string argument = entry.substr(name.size() + 1);
    if (!fixture.find(name + ".grad_" + argument))
      arguments.emplace(argument, tensor);
    else
      arguments.emplace(argument,
                        recording.input(argument == "weight" ? ours(name, tensor) : tensor));
  }
  const Var output = function(arguments);
  expect_equal(output.value(), fixture.at(name + ".output"), "the output");
  EXPECT_GT(norm(fixture.at(name + ".output")), 0);

  std::vector<Var> inputs;
  std::vector<std::string> names;
  for (const auto& [argument, var] : arguments)
    if (var.tracked()) {
      inputs.push_back(var);
      names.push_back(argument);
    }
  ASSERT_FALSE(inputs.empty());
  const std::vector<Var> gradients =
      grad(std::vector{output}, inputs, {.cotangents = {Var(fixture.at(name + ".cotangent"))}});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& expected = fixture.at(name + ".grad_" + names[i]);
    expect_equal(gradients[i].value(), names[i] == "weight" ? ours(name, expected) : expected,
                 "the gradient of " + names[i]);
  }
}

TEST(OpFixtures, EveryOpIsThatOfPyTorch) {
  const StateDict fixture = fixture_weights("autograd/ops.safetensors");
  std::set<std::string> seen;
  for (const auto& [entry, tensor] : fixture) {
    if (!entry.ends_with(".output")) continue;
    const std::string name = entry.substr(0, entry.size() - std::string(".output").size());
    if (kElsewhere.contains(name)) continue;
    const auto function = functions().find(name);
    ASSERT_NE(function, functions().end()) << "no op for the fixture " << name;
    check_case(name, function->second, fixture);
    seen.insert(name);
  }
  EXPECT_EQ(seen.size(), functions().size());
}

TEST(OpFixtures, RunningStatisticsAreThoseOfPyTorch) {
  const StateDict fixture = fixture_weights("autograd/ops.safetensors");
  const auto at = [&](const std::string& name) { return fixture.at("batch_norm.train." + name); };
  BatchNorm2d layer(4);
  layer.weight = at("weight");
  layer.bias = at("bias");
  layer.running_mean = at("running_mean");
  layer.running_var = at("running_var");
  layer.set_training(true);
  expect_equal(layer.forward(at("input")).value(), at("output"), "the output");
  expect_equal(layer.running_mean, at("new_running_mean"), "the running mean");
  expect_equal(layer.running_var, at("new_running_var"), "the running variance");
  EXPECT_EQ(layer.num_batches_tracked.item(), 1);
}

}  // namespace
}  // namespace backlight::testing
