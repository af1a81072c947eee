// Convolutions on the GPUs there are, the simulated one at least: against float64 on the processor
// in every precision, the same bytes whatever the batch, and what is fused with them.
#include "kernels/conv2d.h"
#include "tests/kernels/gpu.h"

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
const Layer kLayers[] = {
    {"first layer", {2, 9, 8, 3}, 48, 3, 3, {1, 1}},
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

class GpuConv2d : public GpuTest {};
BACKLIGHT_ON_EVERY_GPU(GpuConv2d);

TEST_P(GpuConv2d, ForwardIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected = conv2d(exact(t.x), exact(t.weight), exact(t.bias), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d(on_gpu(t.x), on_gpu(t.weight), on_gpu(t.bias), layer.geometry);
    });
  }
}

TEST_P(GpuConv2d, DataGradientIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected =
        conv2d_data_gradient(exact(t.g), exact(t.weight), layer.input, layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d_data_gradient(on_gpu(t.g), on_gpu(t.weight), layer.input, layer.geometry);
    });
  }
}

TEST_P(GpuConv2d, WeightGradientIsExact) {
  for (const Layer& layer : kLayers) {
    const Operands t(layer);
    const Tensor expected =
        conv2d_weight_gradient(exact(t.x), exact(t.g), t.weight.shape(), layer.geometry);
    expect_precise(layer.name, expected, [&] {
      return conv2d_weight_gradient(on_gpu(t.x), on_gpu(t.g), t.weight.shape(), layer.geometry);
    });
  }
}

}  // namespace
}  // namespace backlight::kernels
