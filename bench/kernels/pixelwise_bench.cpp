// What lies between the convolutions: each of these is bound by memory.
#include "bench/roofline.h"
#include "kernels/activation.h"
#include "kernels/batch_norm.h"
#include "kernels/noise.h"
#include "kernels/pooling.h"

namespace backlight {
namespace {

Tensor stage_one() {
  return Tensor::full({4, 128, 128, 128}, 0.5).in_layout(Layout::channels_in_16s);
}

void positive_mask(benchmark::State& state) {
  const Tensor x = stage_one();
  for (auto _ : state) benchmark::DoNotOptimize(kernels::positive_mask(x));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * (1 + 1.0 / 32));
}
BENCHMARK(positive_mask)->UseRealTime()->Unit(benchmark::kMillisecond);

void apply_mask(benchmark::State& state) {
  const Tensor x = stage_one();
  const kernels::PositiveMask mask = kernels::positive_mask(x);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::apply_mask(x, mask));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * (2 + 1.0 / 32));
}
BENCHMARK(apply_mask)->UseRealTime()->Unit(benchmark::kMillisecond);

void max_pool2d(benchmark::State& state) {
  const Tensor x = stage_one();
  kernels::PoolIndex index;
  for (auto _ : state) benchmark::DoNotOptimize(kernels::max_pool2d(x, {2, 2}, &index, true));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * (1 + 5.0 / 16));
}
BENCHMARK(max_pool2d)->UseRealTime()->Unit(benchmark::kMillisecond);

void unpool2d(benchmark::State& state) {
  const Tensor x = stage_one();
  kernels::PoolIndex index;
  const Tensor y = kernels::max_pool2d(x, {2, 2}, &index, true);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::unpool2d(y, index));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * (1 + 5.0 / 16));
}
BENCHMARK(unpool2d)->UseRealTime()->Unit(benchmark::kMillisecond);

void batch_norm_gradients(benchmark::State& state) {
  const Tensor x = Tensor::full({32, 128, 128, 16}, 0.5), gamma = Tensor::full({16}, 1);
  const kernels::ChannelMoments moments = kernels::channel_moments(x);
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels::batch_norm_gradients(x, moments, gamma, 1e-5, x));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * 5);
}
BENCHMARK(batch_norm_gradients)->UseRealTime()->Unit(benchmark::kMillisecond);

void add_noise(benchmark::State& state) {
  const Tensor x = Tensor::full({1, 128, 128, 3}, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::add_noise(x, 0.15, 0, 0, 8));
  bench::report(state, 0, static_cast<double>(x.nbytes()) * 9);
}
BENCHMARK(add_noise)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace backlight
