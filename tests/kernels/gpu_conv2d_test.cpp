// Convolutions on the GPUs there are, the simulated one at least: against float64 on the processor
// in every precision, the same bytes whatever the batch, and what is fused with them.
#include "kernels/conv2d.h"

#ifdef BACKLIGHT_HAS_SIM
#include "kernels/sim/statistics.h"
#endif
#include "tests/kernels/gpu_precision.h"
#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

struct Layer {
  const char* name;
  Shape input;
  std::int64_t channels, window_height, window_width;
  Conv2dGeometry geometry;
};

// One of every kind of tile and of copy.
const Layer kLayers[] = {{"first layer", {2, 9, 8, 3}, 48, 3, 3, {1, 1}},
                         {"first layer of the demo model", {1, 10, 10, 3}, 16, 3, 3, {1, 1}},
                         {"wide", {1, 8, 8, 36}, 128, 3, 3, {1, 1}},
                         {"as wide as two tiles", {1, 6, 6, 32}, 144, 1, 1, {1, 0}},
                         {"narrow", {3, 8, 8, 16}, 16, 3, 3, {1, 1}},
                         {"middling", {1, 12, 12, 8}, 24, 3, 3, {1, 1}},
                         {"very narrow", {1, 6, 10, 8}, 4, 3, 3, {1, 1}},
                         {"stride 2", {3, 9, 10, 16}, 32, 3, 3, {2, 1}},
                         {"stride 3, rows that no window reaches", {1, 9, 10, 4}, 8, 2, 2, {3, 0}},
                         {"1x1", {2, 7, 7, 64}, 16, 1, 1, {1, 0}},
                         {"5x5", {1, 8, 8, 16}, 16, 5, 5, {1, 2}},
                         {"3x2", {1, 7, 9, 8}, 8, 3, 2, {1, 1}},
                         {"odd channels", {3, 5, 7, 17}, 19, 3, 3, {1, 1}}};

// Random operands of a layer, on the processor.
struct Operands {
  Tensor x, weight, bias, g;

  explicit Operands(const Layer& l)
      : x(uniform(l.input, DType::f32, 1)),
        weight(uniform({l.channels, l.window_height, l.window_width, l.input[3]}, DType::f32, 2)),
        bias(uniform({l.channels}, DType::f32, 3)),
        g(uniform({l.input[0], l.geometry.output_size(l.input[1], l.window_height),
                   l.geometry.output_size(l.input[2], l.window_width), l.channels},
                  DType::f32, 4)) {}
};

Tensor exact(const Tensor& x) { return x.to(DType::f64); }

class GpuConv2d : public InEachPrecision {};
TEST_ON_EACH_GPU(GpuConv2d);

TEST_P(GpuConv2d, ForwardIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected = conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d(there(t.x), there(t.weight), there(t.bias), layer.geometry);
    });
  }
}

TEST_P(GpuConv2d, DataGradientIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected =
        conv2d_data_gradient(exact(t.g), exact(t.weight), layer.input, layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d_data_gradient(there(t.g), there(t.weight), layer.input, layer.geometry);
    });
  }
}

TEST_P(GpuConv2d, WeightGradientIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected =
        conv2d_weight_gradient(exact(t.x), exact(t.g), t.weight.shape(), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d_weight_gradient(there(t.x), there(t.g), t.weight.shape(), layer.geometry);
    });
  }
}

// So many pixels that a GPU is busy with the largest tiles, which takes few channels here.
const Layer kManyPixels[] = {{"128 channels", {2, 64, 128, 4}, 128, 1, 1, {1, 0}},
                             {"64 channels", {2, 64, 128, 4}, 64, 1, 1, {1, 0}}};

TEST_P(GpuConv2d, LargeTilesAreExact) {
  for (const Layer& layer : kManyPixels) {
    const Operands t(layer);
    EXPECT_NE(conv2d_implementation(layer.input, t.weight.shape(), layer.geometry, GetParam())
                  .find(str("128x", layer.channels, "x32")),
              std::string::npos);
    const Tensor expected = conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d(there(t.x), there(t.weight), there(t.bias), layer.geometry);
    });
  }
}

TEST_P(GpuConv2d, SameBytesInAnyBatch) {
  std::vector<Layer> layers(std::begin(kLayers), std::end(kLayers));
  layers.push_back(kManyPixels[0]);  // of which one image takes smaller tiles than two
  for (const Layer& layer : layers) {
    if (layer.input[0] == 1) continue;
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor weight = there(t.weight), bias = there(t.bias);
    expect_same_bytes_in_any_batch(t.x, [&](const Tensor& x) {
      return conv2d(there(x), weight, bias, layer.geometry, Activation::relu).to(Device::cpu);
    });
    if (layer.input[1] > 16) continue;
    expect_same_bytes_in_any_batch(t.g, [&](const Tensor& g) {
      const Shape input = layer.input.with(0, g.dim(0));
      return conv2d_data_gradient(there(g), weight, input, layer.geometry).to(Device::cpu);
    });
  }
}

TEST_P(GpuConv2d, ReluKeepsWhatItsGradientNeeds) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor x = there(t.x), weight = there(t.weight), bias = there(t.bias);
    const BlockOutput out = conv2d_block(x, weight, bias, layer.geometry, nullptr, true);
    const Tensor y = here(out.y);
    const Tensor expected =
        conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry, Activation::relu);
    EXPECT_TRUE(is_close(y, expected, 2e-6));
    EXPECT_TRUE(has_same_bytes(here(out.open.bits), positive_mask(y).bits));
    EXPECT_EQ(out.open.shape, y.shape());
  }
}

// Expects a block with pooling to give what the processor makes of the unpooled output.
void expect_pooled(const Tensor& x, const Tensor& weight, const Tensor& bias,
                   Conv2dGeometry geometry, PoolGeometry pool) {
  const Tensor unpooled = conv2d(x, weight, bias, geometry, Activation::relu).to(Device::cpu);
  PoolIndex index;
  const Tensor expected = max_pool2d(unpooled, pool, &index, true);
  const BlockOutput out = conv2d_block(x, weight, bias, geometry, &pool, true);
  EXPECT_TRUE(has_same_bytes(here(out.y), expected));
  EXPECT_TRUE(has_same_bytes(here(out.index.position), index.position));
  EXPECT_EQ(out.index.input_shape, unpooled.shape());
  EXPECT_EQ(out.index.geometry.window, pool.window);
  const BlockOutput forgetful = conv2d_block(x, weight, bias, geometry, &pool, false);
  EXPECT_TRUE(has_same_bytes(here(forgetful.y), expected));
  EXPECT_FALSE(forgetful.index.position.defined());
}

TEST_P(GpuConv2d, PoolsAsTheProcessorDoes) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor x = there(t.x), weight = there(t.weight), bias = there(t.bias);
    expect_pooled(x, weight, bias, layer.geometry, {2, 2});
  }
  const Operands t(kLayers[4]);
  expect_pooled(there(t.x), there(t.weight), {}, {1, 1}, {3, 2});
}

// Equal maxima, windows of zeros, and NaN.
TEST_P(GpuConv2d, PoolsTiesAsTheProcessorDoes) {
  Tensor x = uniform({1, 8, 8, 8}, DType::f32, 1);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    float& value = x.mutable_data<float>()[i];
    value = std::round(value);
    if (i % 100 == 5) value = std::numeric_limits<float>::quiet_NaN();
  }
  Tensor identity = Tensor::zeros({8, 1, 1, 8});
  for (std::int64_t c = 0; c < 8; ++c) identity.mutable_data<float>()[c * 9] = 1;
  Tensor one = Tensor::zeros({8, 1, 1, 8});  // every channel of y is one of x
  for (std::int64_t c = 0; c < 8; ++c) one.mutable_data<float>()[c * 8 + 2] = 1;
  expect_pooled(there(x), there(identity), {}, {1, 0}, {2, 2});
  expect_pooled(there(x), there(one), {}, {1, 0}, {2, 2});
}

TEST_P(GpuConv2d, DataGradientTakesAMask) {
  for (const Layer& layer : kLayers) {
    SCOPED_TRACE(layer.name);
    const Operands t(layer);
    const Tensor g = there(t.g), weight = there(t.weight);
    const PositiveMask mask = positive_mask(t.x);
    const PositiveMask gpu_mask{there(mask.bits), mask.shape};
    const Tensor gx = conv2d_data_gradient(g, weight, layer.input, layer.geometry);
    const Tensor masked = conv2d_data_gradient(g, weight, layer.input, layer.geometry, &gpu_mask);
    EXPECT_TRUE(has_same_bytes(here(masked), apply_mask(here(gx), mask)));
  }
}

// Weights packed once must not outlive a change, nor be taken for those of another part.
TEST_P(GpuConv2d, PacksWeightsForTheirContents) {
  const Tensor g = there(uniform({1, 6, 6, 8}, DType::f32, 1));
  const auto gradient = [&](const Tensor& w) {
    return conv2d_data_gradient(g, w, {1, 6, 6, 4}, {1, 1}).to(Device::cpu);
  };
  const Tensor pair = uniform({16, 3, 3, 4}, DType::f32, 2), both = there(pair);
  for (const std::int64_t first : {0, 8})
    EXPECT_TRUE(has_same_bytes(gradient(both.rows(first, 8)),
                               gradient(there(pair.rows(first, 8).clone()))));
  Tensor weight = there(pair.rows(0, 8).clone());
  const Tensor before = gradient(weight);
  EXPECT_TRUE(has_same_bytes(gradient(weight), before));
  (void)weight.mutable_address();
  memory_of(GetParam())
      .copy_from_host(weight.mutable_address(), pair.rows(8, 8).bytes(), weight.nbytes());
  EXPECT_TRUE(has_same_bytes(gradient(weight), gradient(both.rows(8, 8))));
}

// A view that begins in the middle of 16 bytes is copied float by float, to the same effect.
TEST_P(GpuConv2d, TakesTensorsThatAreNotAligned) {
  const Tensor memory = uniform({1 + 8 * 8 * 8}, DType::f32, 1);
  const Tensor shifted = there(memory).rows(1, 512).reshape({1, 8, 8, 8});
  const Tensor x = there(memory.rows(1, 512).clone().reshape({1, 8, 8, 8}));
  const Tensor weight = there(uniform({8, 3, 3, 8}, DType::f32, 2));
  EXPECT_TRUE(has_same_bytes(conv2d(shifted, weight, {}, {1, 1}).to(Device::cpu),
                             conv2d(x, weight, {}, {1, 1}).to(Device::cpu)));
  EXPECT_TRUE(
      has_same_bytes(conv2d_weight_gradient(shifted, x, {8, 3, 3, 8}, {1, 1}).to(Device::cpu),
                     conv2d_weight_gradient(x, x, {8, 3, 3, 8}, {1, 1}).to(Device::cpu)));
}

TEST_P(GpuConv2d, TakesAnEmptyBatch) {
  const Tensor weight = there(uniform({8, 3, 3, 4}, DType::f32, 2));
  const Tensor x({0, 6, 6, 4}, DType::f32, GetParam()), g({0, 6, 6, 8}, DType::f32, GetParam());
  EXPECT_EQ(conv2d(x, weight, {}, {1, 1}).shape(), g.shape());
  EXPECT_EQ(conv2d_data_gradient(g, weight, x.shape(), {1, 1}).shape(), x.shape());
  EXPECT_EQ(norm(conv2d_weight_gradient(x, g, weight.shape(), {1, 1}).to(Device::cpu)), 0);
}

TEST_P(GpuConv2d, SaysWhatComputesIt) {
  const auto name = [&](const Shape& x, const Shape& weight) {
    return conv2d_implementation(x, weight, {1, 1}, GetParam());
  };
  EXPECT_EQ(name({32, 128, 128, 128}, {128, 3, 3, 128}),
            "mma.sync implicit GEMM 128x128x32, 3xTF32");
  set_precision(Precision::bf16);
  EXPECT_EQ(name({32, 128, 128, 16}, {16, 3, 3, 16}), "mma.sync implicit GEMM 128x16x32, bf16");
}

#ifdef BACKLIGHT_HAS_SIM

// Every access of every kernel to shared memory takes as few passes over the banks as its width
// allows.
TEST(SimulatedConv2d, HasNoBankConflicts) {
  open_device(Device::sim);
  sim::clear_launch_statistics();
  sim::set_counting(true);
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor x = t.x.to(Device::sim), weight = t.weight.to(Device::sim);
    const Tensor g = t.g.to(Device::sim);
    const PoolGeometry pool{2, 2};
    (void)conv2d_block(x, weight, {}, layer.geometry, nullptr, true);
    (void)conv2d_block(x, weight, {}, layer.geometry, &pool, true);
    (void)conv2d_data_gradient(g, weight, layer.input, layer.geometry);
    (void)conv2d_weight_gradient(x, g, weight.shape(), layer.geometry);
  }
  sim::set_counting(false);
  std::uint64_t matrix_loads = 0;
  for (const sim::LaunchStatistics& launch : sim::launch_statistics()) {
    for (const sim::LineStatistics& line : launch.lines)
      EXPECT_EQ(line.traffic.wavefronts, line.traffic.ideal_wavefronts)
          << launch.kernel << ", " << launch.shapes << ": " << line.file << ":" << line.line;
    matrix_loads += launch.total(sim::Instruction::matrix_load).requests;
  }
  EXPECT_GT(matrix_loads, 0);
  sim::clear_launch_statistics();
}

#endif

}  // namespace
}  // namespace backlight::kernels
