// The convolutions of the food CNN, layer by layer.
#include "kernels/conv2d.h"

#include "bench/roofline.h"

namespace backlight {
namespace {

constexpr std::int64_t kBatch = 4;
constexpr kernels::Conv2dGeometry kSame{1, 1};

// Size, input and output channels of each kind of layer.
void layers(benchmark::internal::Benchmark* b) {
  b->ArgNames({"size", "in", "out"})->UseRealTime()->Unit(benchmark::kMillisecond);
  b->Args({128, 3, 128})->Args({128, 128, 128})->Args({64, 128, 128})->Args({32, 128, 256});
  b->Args({32, 256, 256})->Args({16, 256, 512})->Args({8, 512, 512})->Args({128, 16, 16});
}

struct Layer {
  Tensor x, y, weight, bias;
  double flop, bytes;

  explicit Layer(const benchmark::State& state) {
    const std::int64_t size = state.range(0), in = state.range(1), out = state.range(2);
    x = Tensor::full({kBatch, size, size, in}, 0.5);
    y = Tensor::full({kBatch, size, size, out}, 0.5);
    weight = Tensor::full({out, 3, 3, in}, 0.01);
    bias = Tensor::full({out}, 0.1);
    flop = 2.0 * static_cast<double>(y.numel()) * static_cast<double>(9 * in);
    bytes = static_cast<double>(x.nbytes() + y.nbytes() + weight.nbytes());
  }
};

void conv2d_forward(benchmark::State& state) {
  const Layer layer(state);
  // The layout the layer would find its input in, as in the middle of a network.
  Tensor x = layer.x;
  if (state.range(1) >= 64) x = x.in_layout(Layout::channels_in_16s);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        kernels::conv2d(x, layer.weight, layer.bias, kSame, kernels::Activation::relu));
  bench::report(state, layer.flop, layer.bytes);
  state.SetLabel(kernels::conv2d_implementation(x.shape(), layer.weight.shape(), kSame));
}
BENCHMARK(conv2d_forward)->Apply(layers);

void conv2d_data_gradient(benchmark::State& state) {
  const Layer layer(state);
  Tensor g = layer.y;
  if (state.range(2) >= 64) g = g.in_layout(Layout::channels_in_16s);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        kernels::conv2d_data_gradient(g, layer.weight, layer.x.shape(), kSame));
  bench::report(state, layer.flop, layer.bytes);
}
BENCHMARK(conv2d_data_gradient)->Apply(layers);

void conv2d_weight_gradient(benchmark::State& state) {
  const Layer layer(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        kernels::conv2d_weight_gradient(layer.x, layer.y, layer.weight.shape(), kSame));
  bench::report(state, layer.flop, layer.bytes);
}
BENCHMARK(conv2d_weight_gradient)->Apply(layers);

}  // namespace
}  // namespace backlight
