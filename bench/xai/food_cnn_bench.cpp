// The full food CNN with random weights: forward, input gradient, SmoothGrad.
#include "bench/roofline.h"
#include "models/food_cnn.h"
#include "xai/smoothgrad.h"

namespace backlight {
namespace {

FoodCnn& model() {
  static FoodCnn instance = [] {
    FoodCnn made(FoodCnnConfig::course());
    made.initialise(1);
    return made;
  }();
  return instance;
}

double flop_of_one_pass() {
  double flop = 0;
  for (const LayerInfo& layer : model().describe()) flop += layer.flop;
  return flop;
}

// At the least, the weights are read and the photo.
double bytes_of_one_pass() {
  double bytes = 4.0 * static_cast<double>(model().input_shape(1).numel());
  for (const LayerInfo& layer : model().describe())
    bytes += 4.0 * static_cast<double>(layer.parameters);
  return bytes;
}

Var run(const Var& x) { return model()(x); }

void forward(benchmark::State& state) {
  const Tensor x = Tensor::full(model().input_shape(state.range(0)), 0.5);
  benchmark::DoNotOptimize(run(x).value());  // packs the weights
  for (auto _ : state) benchmark::DoNotOptimize(run(x).value());
  bench::report(state, flop_of_one_pass() * static_cast<double>(state.range(0)),
                bytes_of_one_pass());
}
BENCHMARK(forward)->ArgName("batch")->Arg(1)->Arg(2)->Arg(8)->Arg(10)->UseRealTime()->Unit(
    benchmark::kMillisecond);

void forward_and_input_gradient(benchmark::State& state) {
  const Tensor x = Tensor::full(model().input_shape(state.range(0)), 0.5);
  benchmark::DoNotOptimize(input_gradient(run, x, logit_of(3)));  // packs the weights
  for (auto _ : state) benchmark::DoNotOptimize(input_gradient(run, x, logit_of(3)));
  bench::report(state, 2 * flop_of_one_pass() * static_cast<double>(state.range(0)),
                2 * bytes_of_one_pass());
}
BENCHMARK(forward_and_input_gradient)
    ->ArgName("batch")
    ->Arg(1)
    ->Arg(2)
    ->Arg(8)
    ->Arg(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void smoothgrad_10_samples(benchmark::State& state) {
  const Tensor x = Tensor::full(model().input_shape(1), 0.5);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        smoothgrad(run, x, logit_of(3), {.samples = 10}, {.batch = state.range(0)}));
  bench::report(state, 20 * flop_of_one_pass(), 20 * bytes_of_one_pass());
}
BENCHMARK(smoothgrad_10_samples)
    ->ArgName("batch")
    ->Arg(2)
    ->Arg(4)
    ->Arg(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace backlight
