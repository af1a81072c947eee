// Chains of layers: that running as one changes nothing, and that names, rules and parameters keep
// layers apart.
#include "layers/sequential.h"

#include "autograd/grad.h"
#include "kernels/windows.h"
#include "layers/activation.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

// 0 conv, 1 norm, 2 relu, 3 pool, 4 conv, 5 relu, 6 conv, 7 norm, 8 prelu, 9 conv, 10 pool.
struct Chain {
  Sequential layers;

  explicit Chain(DType dtype) {
    layers.add<Conv2d>(2, 4, 3, Conv2dGeometry{1, 1});
    layers.add<BatchNorm2d>(4);
    layers.add<ReLU>();
    layers.add<MaxPool2d>(PoolGeometry{2, 2});
    layers.add<Conv2d>(4, 5, 3, Conv2dGeometry{1, 1}, false);
    layers.add<ReLU>();
    layers.add<Conv2d>(5, 6, 1, Conv2dGeometry{1, 0});
    layers.add<BatchNorm2d>(6);
    layers.add<PReLU>(6);
    layers.add<Conv2d>(6, 3, 3, Conv2dGeometry{1, 1});
    layers.add<MaxPool2d>(PoolGeometry{2, 2});
    std::uint64_t seed = 10;
    for (const NamedTensor& named : tensors()) {
      if (named.tensor->dtype() == DType::i64) continue;
      const bool variance = named.name.ends_with("running_var");
      *named.tensor = uniform(named.tensor->shape(), dtype, seed++, variance ? 0.2f : -1.0f, 1);
    }
  }

  std::vector<NamedTensor> tensors() {
    std::vector<NamedTensor> tensors;
    layers.collect("", tensors);
    return tensors;
  }
  std::vector<Var> weights(Recording& recording) {
    std::vector<Var> vars;
    for (const NamedTensor& named : tensors())
      if (named.trainable) vars.push_back(recording.input(*named.tensor));
    return vars;
  }

  // The chain as the definition of its layers has it.
  Var one_by_one(const Var& x) {
    Var value = x;
    for (std::size_t i = 0; i < layers.size(); ++i) value = layers[i].forward(value);
    return value;
  }
};

Tensor picture(DType dtype) { return uniform({2, 8, 12, 2}, dtype, 1); }

std::vector<std::string> all_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

TEST(Sequential, RunsAsOneWhatItWouldOneByOne) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const double tolerance = dtype == DType::f64 ? 1e-13 : 1e-5;
    Chain chain(dtype);
    const Tensor x = picture(dtype);
    EXPECT_TRUE(is_close(chain.layers.forward(x).value(), chain.one_by_one(x).value(), tolerance));
    Recording recording;
    const Var input = recording.input(x);
    const Var fused = chain.layers.forward(input), single = chain.one_by_one(input);
    const Var cotangent = uniform(fused.shape(), dtype, 2);
    EXPECT_TRUE(is_close(grad(fused, input, {.cotangents = {cotangent}}),
                         grad(single, input, {.cotangents = {cotangent}}), tolerance));
  }
}

// How many nodes lie between a value and the input it came from, where each has one parent.
int path_length(const Var& y) {
  int length = 0;
  for (auto node = y.node(); node && node->op->kind() != OpKind::input; ++length)
    node = node->inputs.empty() ? nullptr : node->inputs[0];
  return length;
}

TEST(Sequential, RunsAsOneOnlyWhereNobodyLooksBetween) {
  Chain chain(DType::f64);
  const Tensor x = picture(DType::f64);
  const auto length = [&](RecordingOptions options) {
    Recording recording(std::move(options));
    return path_length(chain.layers.forward(recording.input(x)));
  };
  EXPECT_EQ(length({}), 6) << "0-3, 4-5, 6-7, 8, 9, 10";
  EXPECT_EQ(length({.names = {"3", "5", "7"}}), 6 + 3) << "one more node for each name";
  EXPECT_EQ(length({.names = {"2"}}), 6 + 1 + 1) << "0-2, 3";
  EXPECT_EQ(length({.names = {"1"}}), 6 + 2 + 1) << "0-1, 2, 3";
  EXPECT_EQ(length({.names = {"0"}}), 6 + 3 + 1);
  EXPECT_EQ(length({.names = {"4"}}), 6 + 1 + 1);
  EXPECT_EQ(length({.create_graph = true}), 11);
  const auto pass = [](const Node&, const Var& g) { return std::vector<Var>{g}; };
  EXPECT_EQ(length({.rules = {{.kind = OpKind::relu, .vjp = pass}}}), 6 + 2 + 1);
  EXPECT_EQ(length({.rules = {{.kind = OpKind::max_pool2d, .vjp = pass}}}), 6 + 1);
  EXPECT_EQ(length({.rules = {{.kind = OpKind::conv2d, .vjp = pass}}}), 11);
  EXPECT_EQ(length({.rules = {{.kind = OpKind::exp, .vjp = pass}}}), 6);
}

TEST(Sequential, GivesEveryValueItsName) {
  Chain chain(DType::f64);
  const Tensor x = picture(DType::f64);
  Recording recording({.names = all_names(chain.layers.size())});
  const Var input = recording.input(x);
  const Var y = chain.layers.forward(input);
  Var value = x;
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    value = chain.layers[i].forward(value.value());
    EXPECT_TRUE(is_close(recording.value(std::to_string(i)).value(), value.value(), 1e-13)) << i;
  }
  EXPECT_TRUE(has_same_bytes(recording.value("10").value(), y.value()));
}

// The value of a name, and the gradient with respect to it, are the same whoever else is asked.
TEST(Sequential, ANameGivesTheSameWhicheverOthersAreAsked) {
  Chain chain(DType::f64);
  const Tensor x = picture(DType::f64);
  Recording all({.names = all_names(chain.layers.size())});
  const Var y = sum(chain.layers.forward(all.input(x)));
  for (std::size_t i = 0; i < chain.layers.size(); ++i) {
    const std::string name = std::to_string(i);
    Recording only({.names = {name}});
    const Var z = sum(chain.layers.forward(only.input(x.clone())));
    EXPECT_TRUE(is_close(only.value(name).value(), all.value(name).value(), 1e-13)) << name;
    EXPECT_TRUE(is_close(grad(z, only.value(name)), grad(y, all.value(name)), 1e-12)) << name;
  }
}

TEST(Sequential, DifferentiatesWithRespectToItsWeights) {
  Chain chain(DType::f64);
  Recording recording;
  const std::vector<Var> weights = chain.weights(recording);
  const Var y = chain.layers.forward(picture(DType::f64));
  const Var expected = chain.one_by_one(picture(DType::f64));
  const Var cotangent = uniform(y.shape(), DType::f64, 2);
  const std::vector<Var> a = grad(std::vector{y}, weights, {.cotangents = {cotangent}});
  const std::vector<Var> b = grad(std::vector{expected}, weights, {.cotangents = {cotangent}});
  ASSERT_EQ(a.size(), 12u);
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_TRUE(is_close(a[i].value(), b[i].value(), 1e-13)) << i;
}

TEST(Sequential, FoldsAnewWhenAWeightChanges) {
  Chain chain(DType::f32);
  const Tensor x = picture(DType::f32);
  const Tensor before = chain.layers.forward(x).value();
  for (const NamedTensor& named : chain.tensors()) {
    if (named.tensor->dtype() == DType::i64) continue;
    named.tensor->mutable_data<float>()[0] += 0.5f;  // in place, as an optimiser does
    EXPECT_TRUE(is_close(chain.layers.forward(x).value(), chain.one_by_one(x).value(), 1e-5))
        << named.name << " changed in place";
    *named.tensor = uniform(named.tensor->shape(), DType::f32, 77, 0.3f, 1);  // or another tensor
    EXPECT_TRUE(is_close(chain.layers.forward(x).value(), chain.one_by_one(x).value(), 1e-5))
        << named.name << " replaced";
  }
  EXPECT_FALSE(has_same_bytes(chain.layers.forward(x).value(), before));
}

TEST(Sequential, TrainsLayerByLayer) {
  Chain chain(DType::f64), copy(DType::f64);
  const Tensor x = picture(DType::f64);
  chain.layers.set_training(true);
  copy.layers.set_training(true);
  EXPECT_TRUE(chain.layers[1].training());
  const Tensor trained = chain.layers.forward(x).value();
  EXPECT_TRUE(has_same_bytes(copy.one_by_one(x).value(), trained));
  chain.layers.set_training(false);
  EXPECT_FALSE(is_close(chain.layers.forward(x).value(), trained, 1e-3));
}

TEST(Sequential, DescribesItsLayers) {
  Chain chain(DType::f32);
  const std::vector<LayerInfo> infos = chain.layers.describe("net.", {3, 8, 12, 2});
  ASSERT_EQ(infos.size(), 11u);
  EXPECT_EQ(infos[0].name, "net.0");
  EXPECT_EQ(infos[0].parameters, 4 * 9 * 2 + 4);
  EXPECT_EQ(infos[1].parameters, 8) << "running statistics are no parameters";
  EXPECT_EQ(infos[10].output, (Shape{3, 2, 3, 3}));
  EXPECT_EQ(chain.layers.output_shape({3, 8, 12, 2}), (Shape{3, 2, 3, 3}));
  double flop = 0;
  for (const LayerInfo& info : infos) flop += info.flop;
  EXPECT_EQ(chain.layers.flop({3, 8, 12, 2}), flop);
  EXPECT_EQ(chain.layers.forward(Tensor::zeros({3, 8, 12, 2})).shape(), infos[10].output);
}

TEST(Sequential, IsLocalWhereAllOfItIs) {
  Chain chain(DType::f64);
  const std::vector<LocalStage> stages = chain.layers.local_stages("");
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].locality.reach, 1);
  EXPECT_EQ(stages[0].locality.stride, 2);
  EXPECT_EQ(stages[1].locality.reach, 2);  // of the windows of 3, 1 and 3
  const Tensor x = uniform({2, 8, 12, 2}, DType::f64, 3);
  const Var features = stages[1].run(stages[0].run(x));
  EXPECT_TRUE(has_same_bytes(features.value(), chain.layers.forward(x).value()));
  // Of the last 8 columns alone, the first output sees a column that is missing.
  const Tensor part =
      kernels::windows_with_patches(x.rows(0, 1), x.rows(0, 1), {{0, 4, 0, 0, 0, 0, 0, 0}}, 8, 8);
  const Tensor from_part = stages[0].run(part).value();
  const Tensor from_whole = stages[0].run(x).value();
  for (std::int64_t p = 0; p < 4; ++p)
    for (std::int64_t q = 1; q < 4; ++q)
      for (std::int64_t c = 0; c < 4; ++c)
        EXPECT_DOUBLE_EQ(from_part.at((p * 4 + q) * 4 + c), from_whole.at((p * 6 + q + 2) * 4 + c));
  double missed = 0;
  for (std::int64_t p = 0; p < 4; ++p)
    for (std::int64_t c = 0; c < 4; ++c)
      missed += std::abs(from_part.at(p * 16 + c) - from_whole.at((p * 6 + 2) * 4 + c));
  EXPECT_GT(missed, 0.01);

  chain.layers.set_training(true);  // batch norm then sees the whole batch
  EXPECT_TRUE(chain.layers.local_stages("").empty());
  Sequential strided, shrinking, overlapping;
  strided.add<Conv2d>(2, 4, 3, Conv2dGeometry{2, 1});
  shrinking.add<Conv2d>(2, 4, 3, Conv2dGeometry{1, 0});
  overlapping.add<MaxPool2d>(PoolGeometry{3, 2});
  for (Sequential* layers : {&strided, &shrinking, &overlapping})
    EXPECT_TRUE(layers->local_stages("").empty());
}

}  // namespace
}  // namespace backlight
