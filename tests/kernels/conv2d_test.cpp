// Convolutions: the definition on paper, the same bytes whatever the batch and the threads, errors.
#include "kernels/conv2d.h"

#include <limits>

#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

TEST(Conv2d, ComputesItsDefinition) {
  // One channel, 3x3, a 2x2 window.
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 3, 3, 1});
  const Tensor w = Tensor::from<float>({1, 10, 100, 1000}, {1, 2, 2, 1});
  const Tensor y = conv2d(x, w, Tensor::from<float>({0.5f}, {1}), {1, 0});
  ASSERT_EQ(y.shape(), (Shape{1, 2, 2, 1}));
  EXPECT_EQ(y.at(0), 5421.5);
  EXPECT_EQ(y.at(1), 6532.5);
  EXPECT_EQ(y.at(2), 8754.5);
  EXPECT_EQ(y.at(3), 9865.5);
  const Tensor padded = conv2d(x, w, {}, {2, 1});
  ASSERT_EQ(padded.shape(), (Shape{1, 2, 2, 1}));
  EXPECT_EQ(padded.at(0), 1000);
  EXPECT_EQ(padded.at(3), 9865);
}

TEST(Conv2d, ReluClosesWhatIsNegative) {
  const Tensor x = uniform({2, 6, 5, 3}, DType::f64, 1), w = uniform({4, 3, 3, 3}, DType::f64, 2);
  const Tensor plain = conv2d(x, w, {}, {1, 1});
  const Tensor closed = conv2d(x, w, {}, {1, 1}, Activation::relu);
  const Tensor quick = conv2d(x.to(DType::f32), w.to(DType::f32), {}, {1, 1}, Activation::relu);
  int negative = 0;
  for (std::int64_t i = 0; i < plain.numel(); ++i) {
    negative += plain.at(i) < 0;
    EXPECT_EQ(closed.at(i), std::max(plain.at(i), 0.0));
    EXPECT_GE(quick.at(i), 0);
  }
  EXPECT_GT(negative, 0);
  EXPECT_TRUE(is_close(quick, closed, 1e-6));
}

// Several images are pooled one by one, each where it was convolved.
TEST(Conv2d, BlocksPoolWhatTheyConvolve) {
  for (const auto& [in, out] : {std::pair{3, 64}, {64, 64}, {16, 24}, {5, 7}})
    for (const std::int64_t count : {0, 1, 3}) {
      Tensor x = uniform({count, 9, 11, in}, DType::f32, 1);
      if (count > 1)
        x.mutable_data<float>()[x.numel() - 1] = std::numeric_limits<float>::quiet_NaN();
      const Tensor w = uniform({out, 3, 3, in}, DType::f32, 2), b = uniform({out}, DType::f32, 3);
      const PoolGeometry pool{2, 2};
      PoolIndex index;
      const Tensor y = max_pool2d(conv2d(x, w, b, {1, 1}, Activation::relu), pool, &index, true);
      const BlockOutput block = conv2d_block(x, w, b, {1, 1}, &pool, true);
      EXPECT_TRUE(has_same_bytes(block.y, y)) << in << " to " << out << ", " << count;
      EXPECT_TRUE(has_same_bytes(block.index.position, index.position));
      EXPECT_EQ(block.index.input_shape, index.input_shape);
      EXPECT_TRUE(has_same_bytes(conv2d_block(x, w, b, {1, 1}, &pool, false).y, y));
    }
}

// Weights packed for one use must not be taken for another, nor outlive a change.
TEST(Conv2d, SeesThatItsWeightsChanged) {
  const Tensor x = uniform({1, 8, 8, 64}, DType::f32, 1);
  Tensor w = uniform({64, 3, 3, 64}, DType::f32, 2);
  const Tensor before = conv2d(x, w, {}, {1, 1});
  const Tensor turned = conv2d_data_gradient(x, w, x.shape(), {1, 1});
  EXPECT_FALSE(has_same_bytes(turned, before));
  w.mutable_data<float>()[0] += 1;
  const Tensor after = conv2d(x, w, {}, {1, 1});
  EXPECT_FALSE(has_same_bytes(after, before));
  EXPECT_TRUE(is_close(after, conv2d(x.to(DType::f64), w.to(DType::f64), {}, {1, 1}), 1e-5));
}

TEST(Conv2d, TakesWeightsFromAViewOfAnotherTensor) {
  const Tensor x = uniform({1, 6, 6, 16}, DType::f32, 1);
  const Tensor pair = uniform({32, 3, 3, 16}, DType::f32, 2);
  const Tensor first = pair.rows(0, 16), second = pair.rows(16, 16);
  EXPECT_TRUE(has_same_bytes(conv2d(x, first, {}, {1, 1}), conv2d(x, first.clone(), {}, {1, 1})));
  EXPECT_TRUE(has_same_bytes(conv2d(x, second, {}, {1, 1}), conv2d(x, second.clone(), {}, {1, 1})));
}

struct Layer {
  Shape input;
  std::int64_t channels, kernel;
  Conv2dGeometry geometry;
};

// One of every way to compute a convolution: see large_cases() in tests/autograd.
const Layer kLayers[] = {{{4, 12, 12, 64}, 64, 3, {1, 1}}, {{4, 9, 7, 64}, 128, 3, {1, 1}},
                         {{4, 16, 16, 3}, 64, 3, {1, 1}},  {{4, 8, 8, 64}, 3, 3, {1, 1}},
                         {{4, 12, 12, 3}, 8, 3, {1, 1}},   {{4, 12, 12, 8}, 16, 3, {1, 1}},
                         {{4, 9, 5, 17}, 19, 3, {1, 1}},   {{4, 9, 9, 32}, 48, 3, {2, 1}},
                         {{4, 8, 8, 64}, 32, 1, {1, 0}},   {{4, 10, 10, 16}, 32, 5, {1, 2}}};

struct Drawn {
  Tensor x, weight, bias, g;

  explicit Drawn(const Layer& layer)
      : x(uniform(layer.input, DType::f32, 1)),
        weight(
            uniform({layer.channels, layer.kernel, layer.kernel, layer.input[3]}, DType::f32, 2)),
        bias(uniform({layer.channels}, DType::f32, 3)),
        g(uniform({layer.input[0], layer.geometry.output_size(layer.input[1], layer.kernel),
                   layer.geometry.output_size(layer.input[2], layer.kernel), layer.channels},
                  DType::f32, 4)) {}
};

TEST(Conv2d, SameBytesInAnyBatch) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(str(layer.input, " to ", layer.channels, " by ", layer.kernel));
    const Drawn t(layer);
    expect_same_bytes_in_any_batch(t.x, [&](const Tensor& x) {
      return conv2d(x, t.weight, t.bias, layer.geometry, Activation::relu);
    });
    expect_same_bytes_in_any_batch(t.g, [&](const Tensor& g) {
      return conv2d_data_gradient(g, t.weight, layer.input.with(0, g.dim(0)), layer.geometry);
    });
  }
}

TEST(Conv2d, SameBytesOnAnyNumberOfThreads) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(str(layer.input, " to ", layer.channels, " by ", layer.kernel));
    const Drawn t(layer);
    for (const std::int64_t batch : {1, 4}) {
      const Tensor x = t.x.rows(0, batch), g = t.g.rows(0, batch);
      expect_same_bytes_on_any_threads([&] { return conv2d(x, t.weight, t.bias, layer.geometry); });
      expect_same_bytes_on_any_threads(
          [&] { return conv2d_data_gradient(g, t.weight, x.shape(), layer.geometry); });
      expect_same_bytes_on_any_threads(
          [&] { return conv2d_weight_gradient(x, g, t.weight.shape(), layer.geometry); });
    }
  }
}

TEST(Conv2d, SaysWhatComputesIt) {
  const std::string wide = conv2d_implementation({1, 32, 32, 64}, {64, 3, 3, 64}, {1, 1});
  EXPECT_FALSE(wide.empty());
  EXPECT_FALSE(wide.starts_with("ref"));
}

TEST(Conv2d, RefusesShapesThatDoNotFit) {
  const Tensor x = Tensor::zeros({1, 4, 4, 3}), w = Tensor::zeros({2, 3, 3, 3});
  const auto forward = [&](const Tensor& x_, const Tensor& w_, Conv2dGeometry at) {
    return message_of([&] { conv2d(x_, w_, {}, at); });
  };
  EXPECT_EQ(forward(Tensor::zeros({4, 4, 3}), w, {1, 1}),
            "conv2d wants [N,H,W,C] and [O,KH,KW,I], not [4, 4, 3] and [2, 3, 3, 3]");
  EXPECT_EQ(forward(Tensor::zeros({1, 4, 4, 5}), w, {1, 1}),
            "conv2d: an input of 5 channels does not fit weights of 3");
  EXPECT_EQ(forward(Tensor::zeros({1, 2, 4, 3}), w, {1, 0}),
            "conv2d: a window of [2, 3, 3, 3] is larger than the padded input [1, 2, 4, 3]");
  EXPECT_NE(forward(x, w, {0, 0}), "");
  EXPECT_NE(forward(x, w, {1, -1}), "");
  EXPECT_NE(forward(x, w, {1, 3}), "");
  EXPECT_NE(forward(x, w.to(DType::f64), {1, 1}), "");
  EXPECT_EQ(message_of([&] {
              conv2d(x, w, Tensor::zeros({3}), {1, 1});
            }),
            "conv2d: a bias of shape [3] does not fit weights of [2, 3, 3, 3]");
  EXPECT_EQ(message_of([&] {
              conv2d_data_gradient(Tensor::zeros({1, 4, 4, 3}), w, x.shape(), {1, 1});
            }),
            "conv2d: a cotangent of shape [1, 4, 4, 3] does not fit an output of [1, 4, 4, 2]");
  EXPECT_EQ(message_of([&] {
              conv2d_weight_gradient(x, Tensor::zeros({1, 2, 2, 2}), w.shape(), {1, 1});
            }),
            "conv2d: a cotangent of shape [1, 2, 2, 2] does not fit an output of [1, 4, 4, 2]");
}

}  // namespace
}  // namespace backlight::kernels
