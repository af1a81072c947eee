// What a recording promises: names, rules, what is kept, and what is refused.
#include "autograd/recording.h"

#include "autograd/grad.h"
#include "autograd/ops.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

TEST(Recording, RecordsNothingWithoutInputs) {
  const Var x = uniform({3}, DType::f64, 1);
  EXPECT_FALSE(exp(x).tracked()) << "no recording is open";
  Recording recording;
  EXPECT_FALSE(exp(x).tracked()) << "nothing is differentiated with respect to";
  const Var y = recording.input(x.value());
  EXPECT_TRUE(exp(y).tracked());
  EXPECT_FALSE(exp(uniform({3}, DType::f64, 1)).tracked()) << "another tensor of equal values";
  const Unrecorded unrecorded;
  EXPECT_FALSE(exp(y).tracked());
}

// Wherever a marked tensor is used, by a layer that never heard of the recording, it is the input.
TEST(Recording, KnowsAnInputWhereverItIsUsed) {
  const Tensor weight = uniform({3}, DType::f64, 1), x = uniform({3}, DType::f64, 2);
  Recording recording;
  const Var input = recording.input(weight);
  const Var y = multiply(x, Var(weight));
  EXPECT_TRUE(is_close(grad(y, input), x, 1e-15));
}

TEST(Recording, NestsAndTheInnermostRecords) {
  const Tensor x = uniform({3}, DType::f64, 1);
  Recording outer;
  const Var a = outer.input(x);
  const Var before = exp(a);
  {
    Recording inner;
    EXPECT_EQ(Recording::current(), &inner);
    const Var b = inner.input(x.clone());
    EXPECT_TRUE(is_close(grad(exp(b), b), before.value(), 1e-15));
    EXPECT_FALSE(Var(x).tracked()) << "the outer recording's input is a constant here";
  }
  EXPECT_EQ(Recording::current(), &outer);
  EXPECT_TRUE(is_close(grad(before, a), before.value(), 1e-15));
  {
    const Unrecorded unrecorded;
    EXPECT_EQ(Recording::current(), nullptr);
  }
  EXPECT_EQ(Recording::current(), &outer);
}

TEST(Recording, RefusesAnUndefinedInput) {
  Recording recording;
  EXPECT_NE(message_of([&] { recording.input(Tensor()); }), "");
}

TEST(Grad, GivesZerosWhereNothingDepends) {
  Recording recording;
  const Var x = recording.input(uniform({3}, DType::f64, 1));
  const Var y = recording.input(uniform({2, 2}, DType::f32, 2));
  const std::vector<Var> gradients = grad(std::vector{exp(x)}, std::vector{x, y});
  EXPECT_GT(norm(gradients[0].value()), 0);
  EXPECT_EQ(gradients[1].shape(), (Shape{2, 2}));
  EXPECT_EQ(gradients[1].dtype(), DType::f32);
  EXPECT_EQ(norm(gradients[1].value()), 0);
  const Var constant = Tensor::full({3}, 2, DType::f64);
  EXPECT_EQ(norm(grad(constant, x)), 0) << "an output that is a constant";
}

TEST(Grad, SumsOverSeveralOutputsWithTheirCotangents) {
  const Tensor at = uniform({4}, DType::f64, 1);
  Recording recording;
  const Var x = recording.input(at);
  const Var square = multiply(x, x), wave = tanh(x);
  const Tensor u = uniform({4}, DType::f64, 2), v = uniform({4}, DType::f64, 3);
  const std::vector<Var> outputs{square, wave, x}, inputs{x};
  const Tensor together = grad(outputs, inputs, {.cotangents = {u, v, u}})[0].value();
  for (std::int64_t i = 0; i < 4; ++i) {
    const double t = std::tanh(at.at(i));
    EXPECT_NEAR(together.at(i), 2 * at.at(i) * u.at(i) + (1 - t * t) * v.at(i) + u.at(i), 1e-14);
  }
  // The graph stays: the same call gives the same bytes; without cotangents they are ones.
  EXPECT_TRUE(
      has_same_bytes(grad(outputs, inputs, {.cotangents = {u, v, u}})[0].value(), together));
  EXPECT_TRUE(is_close(grad(square, x), add(x, x).value(), 1e-15));
}

// An input beneath another: the gradient with respect to each is the partial derivative through it.
TEST(Grad, TakesInputsOnOnePath) {
  Recording recording({.names = {"middle"}});
  const Var x = recording.input(Tensor::full({1}, 3, DType::f64));
  Var middle;
  {
    const LayerScope scope("middle");
    middle = observe(multiply(x, x));
  }
  const Var y = multiply(middle, x);
  const std::vector<Var> gradients = grad(std::vector{y}, std::vector{x, middle});
  EXPECT_EQ(gradients[0].value().item(), 27);
  EXPECT_EQ(gradients[1].value().item(), 3);
}

TEST(Grad, SaysWhatItCannotDo) {
  const Tensor x = uniform({3}, DType::f64, 1);
  const Var constant = x;
  Recording recording;
  const Var input = recording.input(x);
  const Var y = exp(input);
  EXPECT_EQ(message_of([&] { grad(y, constant); }),
            "grad: a tensor of shape [3] was not recorded; mark it with Recording::input, or name "
            "it in the recording");
  EXPECT_EQ(message_of([&] { grad(y, input, {.create_graph = true}); }),
            "grad: gradients of gradients need a recording opened with create_graph");
  EXPECT_EQ(message_of([&] {
              grad(y, input, {.cotangents = {x, x}});
            }),
            "grad: 1 outputs want as many cotangents, not 2");
  EXPECT_EQ(message_of([&] { grad(y, input, {.cotangents = {Tensor::zeros({2})}}); }),
            "grad: a cotangent does not have the shape of its output [3]");
}

// The gradient of y with respect to x as a value that can be differentiated again.
Var recorded_gradient(const Var& y, const Var& x) {
  return grad(std::vector{y}, std::vector{x}, {.create_graph = true})[0];
}

TEST(Grad, PowersOfZeroHaveGradientsOfAnyOrder) {
  Recording recording({.create_graph = true});
  const Var x = recording.input(Tensor::zeros({1}, DType::f64));
  Var y = power(x, 2);
  for (const double expected : {0.0, 2.0, 0.0, 0.0}) {
    y = recorded_gradient(y, x);
    EXPECT_EQ(y.value().item(), expected);
    if (!y.tracked()) break;  // a constant: every further gradient is zero
  }
}

// exp's tenth derivative is exp, and x^4's fifth is zero.
TEST(Grad, TakesGradientsOfGradientsAnyNumberOfTimes) {
  Recording recording({.create_graph = true});
  const Var x = recording.input(Tensor::full({1}, 0.5, DType::f64));
  Var y = exp(x), z = power(x, 4);
  for (int order = 0; order < 10; ++order) y = recorded_gradient(y, x);
  EXPECT_NEAR(y.value().item(), std::exp(0.5), 1e-12);
  const double expected[] = {4 * 0.125, 12 * 0.25, 24 * 0.5, 24};
  for (const double value : expected) {
    z = recorded_gradient(z, x);
    EXPECT_NEAR(z.value().item(), value, 1e-12);
  }
}

Var named(const std::string& name, const Var& value) {
  const LayerScope scope(name);
  return observe(value);
}

TEST(Names, GiveValuesAndTheirGradients) {
  Recording recording({.names = {"net.1", "net.2", "never"}});
  const Var x = recording.input(uniform({3}, DType::f64, 1));
  Var y;
  {
    const LayerScope net("net");
    EXPECT_EQ(LayerScope::current(), "net");
    const Var first = named("1", exp(x));
    y = named("2", multiply(first, first));
    named("3", y);
  }
  EXPECT_EQ(LayerScope::current(), "");
  const Var first = recording.value("net.1"), second = recording.value("net.2");
  EXPECT_TRUE(is_close(first.value(), exp(x).value(), 1e-15));
  EXPECT_TRUE(is_close(grad(y, first), affine(first, 2, 0).value(), 1e-15));
  EXPECT_TRUE(is_close(grad(first, x), first.value(), 1e-15));
  EXPECT_TRUE(is_close(grad(second, x), affine(second, 2, 0).value(), 1e-15));
  EXPECT_EQ(message_of([&] { recording.value("net.3"); }),
            "the value 'net.3' was not recorded; open the recording with it among its names");
  EXPECT_EQ(message_of([&] { recording.value("never"); }),
            "nothing named 'never' ran while the recording was open");
}

// A value can be differentiated with respect to even where nothing beneath it is: that is how a
// neuron's influence on the output is asked for without the input's.
TEST(Names, NeedNoTrackedInput) {
  Recording recording({.names = {"layer"}});
  const Var x = uniform({3}, DType::f64, 1);
  const Var y = sum(multiply(named("layer", exp(x)), x));
  EXPECT_TRUE(is_close(grad(y, recording.value("layer")), x.value(), 1e-15));
}

TEST(Names, AreThoseOfTheLastRunWhereALayerRunsTwice) {
  Recording recording({.names = {"layer"}});
  const Var x = recording.input(uniform({3}, DType::f64, 1));
  const Var once = named("layer", exp(x)), twice = named("layer", exp(once));
  EXPECT_TRUE(has_same_bytes(recording.value("layer").value(), twice.value()));
  // Both runs are part of the graph.
  EXPECT_TRUE(is_close(grad(twice, x), multiply(once, twice).value(), 1e-14));
}

Tensor ones_at(const Shape& shape) { return Tensor::full(shape, 1, DType::f64); }

// Guided backpropagation: a ReLU passes back what is positive, where it was open.
// Source: Springenberg et al., "Striving for simplicity", 2015.
Rule guided_backpropagation() {
  return {.kind = OpKind::relu,
          .needs_inputs = true,
          .vjp = [](const Node& node, const Var& cotangent) -> std::vector<Var> {
            const Tensor& x = node.kept_inputs.at(0).value();
            Tensor passed = cotangent.value().clone();
            for (std::int64_t i = 0; i < x.numel(); ++i)
              if (!(x.at(i) > 0) || !(passed.at(i) > 0)) passed.mutable_data<double>()[i] = 0;
            return {passed};
          }};
}

// x = (1, 2, -1); h = relu(W x) with W = [[1,1,0],[0,1,1],[1,0,1],[-1,1,0]] = (3, 1, 0, 1);
// y = <(2, -3, 5, 1), h>. Backpropagation passes (2, -3, 0, 1) to W x; guided backpropagation
// (2, 0, 0, 1), so that dx is (2-1, 2+1, 0).
TEST(Rules, GuidedBackpropagationOfANetComputedByHand) {
  const Tensor weight = Tensor::from<double>({1, 1, 0, 0, 1, 1, 1, 0, 1, -1, 1, 0}, {4, 3});
  const Tensor last = Tensor::from<double>({2, -3, 5, 1}, {1, 4});
  const Rule rule = guided_backpropagation();
  Recording recording({.rules = {rule}});
  const Var x = recording.input(Tensor::from<double>({1, 2, -1}, {1, 3}));
  const Var y = linear(relu(linear(x, weight, {})), last, {});
  EXPECT_EQ(y.value().item(), 2 * 3 - 3 * 1 + 1);
  EXPECT_TRUE(is_close(grad(y, x), Tensor::from<double>({1, 0, -3}, {1, 3}), 1e-15));
  EXPECT_TRUE(
      is_close(grad(y, x, {.rules = {rule}}), Tensor::from<double>({1, 3, 0}, {1, 3}), 1e-15));
  EXPECT_TRUE(is_close(grad(y, x), Tensor::from<double>({1, 0, -3}, {1, 3}), 1e-15))
      << "a rule holds for one call only";
}

TEST(Rules, CanBeForOneLayerOnly) {
  Rule stop{.kind = OpKind::exp,
            .layer = "b",
            .vjp = [](const Node&, const Var& g) -> std::vector<Var> { return {affine(g, 0, 0)}; }};
  Recording recording({.rules = {stop}});
  const Var x = recording.input(uniform({3}, DType::f64, 1));
  const Var a = named("a", exp(x)), b = [&] {
    const LayerScope scope("b");
    return exp(x);
  }();
  EXPECT_TRUE(is_close(grad(add(a, b), x), add(a, b).value(), 1e-15));
  EXPECT_TRUE(is_close(grad(add(a, b), x, {.rules = {stop}}), a.value(), 1e-15));
}

TEST(Rules, SeeTheOutputIfTheyNeedIt) {
  const Rule rule{.kind = OpKind::tanh,
                  .needs_output = true,
                  .vjp = [](const Node& node, const Var& g) -> std::vector<Var> {
                    return {multiply(g, node.kept_output)};
                  }};
  Recording recording({.rules = {rule}});
  const Var x = recording.input(uniform({3}, DType::f64, 1));
  const Var y = tanh(x);
  EXPECT_TRUE(is_close(grad(y, x, {.rules = {rule}}), y.value(), 1e-15));
}

TEST(Rules, MustHaveBeenGivenToTheRecording) {
  const Rule rule = guided_backpropagation();
  const std::string refusal =
      "grad: a rule for relu was not given to the recording; open the recording with it";
  {
    Recording recording;
    const Var x = recording.input(ones_at({3}));
    const Var y = relu(x);
    EXPECT_EQ(message_of([&] { grad(y, x, {.rules = {rule}}); }), refusal);
  }
  // One for another layer, or one that keeps too little, is not enough.
  Rule elsewhere = rule, blind = rule;
  elsewhere.layer = "elsewhere";
  blind.needs_inputs = false;
  Recording recording({.rules = {elsewhere, blind}});
  const Var x = recording.input(ones_at({3}));
  const Var y = relu(x);
  EXPECT_EQ(message_of([&] { grad(y, x, {.rules = {rule}}); }), refusal);
}

// A convolution and its ReLU that ran as one would hide the ReLU from a rule that comes too late.
TEST(Rules, AreRefusedWhereTheOpsTheyNameRanAsOne) {
  Rule rule = guided_backpropagation();
  rule.needs_inputs = false;
  Recording recording;
  const Var x = recording.input(uniform({1, 4, 4, 2}, DType::f64, 1));
  const Var y = conv2d_block(x, uniform({3, 3, 3, 2}, DType::f64, 2), {}, {1, 1}, nullptr);
  EXPECT_NE(message_of([&] { grad(y, x, {.rules = {rule}}); }), "");
  EXPECT_FALSE(Recording({.rules = {rule}}).may_fuse({}, {OpKind::conv2d, OpKind::relu}));
  EXPECT_TRUE(Recording({.rules = {rule}}).may_fuse({}, {OpKind::conv2d}));
  EXPECT_FALSE(Recording({.names = {"a"}}).may_fuse({"a", "b"}, {}));
  EXPECT_TRUE(Recording({.names = {"c"}}).may_fuse({"a", "b"}, {}));
  EXPECT_FALSE(Recording({.create_graph = true}).may_fuse({}, {}));
}

TEST(Rules, MustPassCotangentsThatFit) {
  Rule rule{.kind = OpKind::exp, .vjp = {}};
  const auto message = [&](std::function<std::vector<Var>(const Node&, const Var&)> vjp) {
    rule.vjp = std::move(vjp);
    Recording recording({.rules = {rule}});
    const Var x = recording.input(ones_at({3}));
    const Var y = exp(x);
    return message_of([&] { grad(y, x, {.rules = {rule}}); });
  };
  EXPECT_EQ(message([](const Node&, const Var& g) {
              return std::vector<Var>{g, g};
            }),
            "grad: a rule passed 2 cotangents to the exp, which has 1 inputs");
  EXPECT_EQ(message([](const Node&, const Var&) { return std::vector<Var>{ones_at({2})}; }),
            "grad: a rule passed a cotangent of shape [2] to input 0 of the exp");
  EXPECT_EQ(message([](const Node&, const Var&) { return std::vector<Var>{}; }), "");
}

}  // namespace
}  // namespace backlight
