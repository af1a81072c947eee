// Single layers: what they compute, what they are called, how PyTorch orders their weights.
#include "layers/activation.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/sequential.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

std::vector<NamedTensor> tensors_of(Layer& layer, const std::string& prefix = "") {
  std::vector<NamedTensor> tensors;
  layer.collect(prefix, tensors);
  return tensors;
}

std::vector<std::string> names_of(Layer& layer, const std::string& prefix) {
  std::vector<std::string> names;
  for (const NamedTensor& named : tensors_of(layer, prefix)) names.push_back(named.name);
  return names;
}

TEST(Layers, HavePyTorchsNamesAndDescriptions) {
  Conv2d conv(3, 8, 3, {1, 1}), plain(3, 8, 1, {2, 0}, false);
  EXPECT_EQ(names_of(conv, "cnn.0."), (std::vector<std::string>{"cnn.0.weight", "cnn.0.bias"}));
  EXPECT_EQ(names_of(plain, ""), (std::vector<std::string>{"weight"}));
  EXPECT_EQ(conv.description(), "Conv2d(3, 8, kernel_size=3, stride=1, padding=1)");
  EXPECT_EQ(plain.description(), "Conv2d(3, 8, kernel_size=1, stride=2, padding=0, bias=False)");
  BatchNorm2d norm(8);
  EXPECT_EQ(names_of(norm, "n."),
            (std::vector<std::string>{"n.weight", "n.bias", "n.running_mean", "n.running_var",
                                      "n.num_batches_tracked"}));
  for (const NamedTensor& named : tensors_of(norm))
    EXPECT_EQ(named.trainable, named.name == "weight" || named.name == "bias") << named.name;
  EXPECT_EQ(tensors_of(norm).back().tensor->dtype(), DType::i64);
  PReLU prelu(8);
  EXPECT_EQ(names_of(prelu, "p."), (std::vector<std::string>{"p.weight"}));
  EXPECT_EQ(prelu.weight.at(0), 0.25);
  Linear linear(4, 2);
  EXPECT_EQ(names_of(linear, "fc."), (std::vector<std::string>{"fc.weight", "fc.bias"}));
  EXPECT_EQ(linear.description(), "Linear(4, 2)");
  EXPECT_EQ(MaxPool2d({2, 2}).description(), "MaxPool2d(kernel_size=2, stride=2)");
  EXPECT_EQ(Dropout(0.3, 0).description(), "Dropout(p=0.3)");
}

TEST(Layers, KnowTheirShapesAndCosts) {
  Conv2d conv(3, 8, 3, {2, 1});
  EXPECT_EQ(conv.output_shape({5, 7, 6, 3}), (Shape{5, 4, 3, 8}));
  EXPECT_EQ(conv.flop({5, 7, 6, 3}), 2.0 * 5 * 4 * 3 * 8 * 27);
  EXPECT_EQ(conv.forward(Tensor::zeros({5, 7, 6, 3})).shape(), conv.output_shape({5, 7, 6, 3}));
  MaxPool2d pool({3, 2});
  EXPECT_EQ(pool.output_shape({1, 8, 7, 4}), (Shape{1, 3, 3, 4}));
  EXPECT_EQ(pool.forward(Tensor::zeros({1, 8, 7, 4})).shape(), (Shape{1, 3, 3, 4}));
  Linear linear(12, 5);
  EXPECT_EQ(linear.output_shape({7, 12}), (Shape{7, 5}));
  EXPECT_EQ(linear.flop({7, 12}), 2.0 * 7 * 12 * 5);
}

// PyTorch's element (o, i, r, s) of a convolution's weight is ours at (o, r, s, i); a linear layer
// after a flatten has column (c, h, w) there and (h, w, c) here.
TEST(TorchOrder, ReordersWeightsThereAndBack) {
  Conv2d conv(3, 2, 2, {1, 0});
  const NamedTensor weight = tensors_of(conv)[0];
  EXPECT_EQ(torch_shape(weight), (Shape{2, 3, 2, 2}));
  const Tensor torch = shuffled({2, 3, 2, 2}, DType::f32, 1);
  const Tensor ours = from_torch(weight, torch);
  ASSERT_EQ(ours.shape(), (Shape{2, 2, 2, 3}));
  for (int o = 0; o < 2; ++o)
    for (int i = 0; i < 3; ++i)
      for (int tap = 0; tap < 4; ++tap)
        EXPECT_EQ(ours.at((o * 4 + tap) * 3 + i), torch.at((o * 3 + i) * 4 + tap));
  conv.weight = ours;
  EXPECT_TRUE(has_same_bytes(to_torch(weight), torch));

  Linear linear(12, 5, {2, 2, 3});
  const NamedTensor columns = tensors_of(linear)[0];
  const Tensor matrix = shuffled({5, 12}, DType::f64, 2);
  linear.weight = from_torch(columns, matrix);
  for (int row = 0; row < 5; ++row)
    for (int c = 0; c < 3; ++c)
      for (int pixel = 0; pixel < 4; ++pixel)
        EXPECT_EQ(linear.weight.at(row * 12 + pixel * 3 + c), matrix.at(row * 12 + c * 4 + pixel));
  EXPECT_TRUE(has_same_bytes(to_torch(columns), matrix));

  const NamedTensor bias = tensors_of(linear)[1];
  const Tensor same = uniform({5}, DType::f32, 3);
  const Tensor copy = from_torch(bias, same);
  EXPECT_TRUE(has_same_bytes(copy, same));
  EXPECT_NE(copy.bytes(), same.bytes()) << "a model must not share the file's tensors";
}

TEST(TorchOrder, RefusesOtherShapes) {
  Conv2d conv(3, 2, 2, {1, 0});
  EXPECT_EQ(message_of([&] {
              from_torch(tensors_of(conv, "cnn.0.")[0], Tensor::zeros({2, 2, 2, 3}));
            }),
            "the tensor 'cnn.0.weight' has shape [2, 2, 2, 3] instead of [2, 3, 2, 2]");
  EXPECT_EQ(message_of([] {
              Linear(12, 5, {2, 2, 2});
            }),
            "a linear layer of 12 inputs cannot follow a flatten of [2, 2, 2]");
}

void randomise(Conv2d& conv, BatchNorm2d& norm, DType dtype) {
  conv.weight = uniform(conv.weight.shape(), dtype, 1);
  if (conv.bias.defined()) conv.bias = uniform(conv.bias.shape(), dtype, 2);
  const Shape channels = norm.weight.shape();
  norm.weight = uniform(channels, dtype, 3);
  norm.bias = uniform(channels, dtype, 4);
  norm.running_mean = uniform(channels, dtype, 5);
  norm.running_var = uniform(channels, dtype, 6, 0.1f, 2);
}

TEST(Fold, EqualsTheConvolutionAndItsNorm) {
  for (const bool bias : {true, false}) {
    Conv2d conv(3, 5, 3, {1, 1}, bias);
    BatchNorm2d norm(5);
    randomise(conv, norm, DType::f64);
    const Tensor x = uniform({2, 6, 5, 3}, DType::f64, 7);
    const FoldedConv2d folded = fold(conv, norm);
    const Tensor expected = norm.forward(conv.forward(x)).value();
    EXPECT_TRUE(is_close(conv2d(x, folded.weight, folded.bias, {1, 1}).value(), expected, 1e-14));
  }
  EXPECT_NE(message_of([] { fold(Conv2d(3, 5, 3, {1, 1}), BatchNorm2d(4)); }), "");
}

// A channel whose variance is zero divides by the square root of epsilon, not by zero.
TEST(Fold, SurvivesAConstantChannel) {
  Conv2d conv(3, 5, 3, {1, 1});
  BatchNorm2d norm(5);
  randomise(conv, norm, DType::f32);
  norm.running_var = Tensor::zeros({5});
  EXPECT_TRUE(all_finite(fold(conv, norm).weight));
  EXPECT_TRUE(all_finite(fold(conv, norm).bias));
}

TEST(BatchNorm2d, RefusesToTrainOnOneValue) {
  BatchNorm2d norm(3);
  norm.set_training(true);
  EXPECT_EQ(message_of([&] {
              norm.forward(Tensor::zeros({1, 1, 1, 3}));
            }),
            "batch norm cannot be trained on one value a channel; use a larger batch");
  EXPECT_EQ(norm.num_batches_tracked.item(), 0) << "what failed must leave no trace";
}

TEST(Dropout, DropsInTrainingOnlyAndAnewEachTime) {
  Dropout dropout(0.5, 9), again(0.5, 9);
  const Tensor x = Tensor::full({50, 40}, 1);
  EXPECT_TRUE(has_same_bytes(dropout.forward(x).value(), x));
  dropout.set_training(true);
  again.set_training(true);
  const Tensor first = dropout.forward(x).value(), second = dropout.forward(x).value();
  EXPECT_TRUE(has_same_bytes(again.forward(x).value(), first)) << "the seed decides";
  EXPECT_FALSE(has_same_bytes(second, first));
  EXPECT_NEAR(dot(first, x) / 2000, 1, 5 / std::sqrt(2000.0));
}

}  // namespace
}  // namespace backlight
