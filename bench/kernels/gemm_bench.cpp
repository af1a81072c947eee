// The fully connected layers of the food CNN.
#include "kernels/gemm.h"

#include "bench/roofline.h"

namespace backlight {
namespace {

void gemm(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const Tensor a = Tensor::full({m, k}, 0.5), b = Tensor::full({n, k}, 0.25);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::gemm(a, false, b, true));
  bench::report(state, 2.0 * static_cast<double>(m * n * k),
                static_cast<double>(a.nbytes() + b.nbytes()) + 4.0 * static_cast<double>(m * n));
}
BENCHMARK(gemm)
    ->ArgNames({"m", "n", "k"})
    ->Args({1, 1024, 8192})
    ->Args({8, 1024, 8192})
    ->Args({64, 1024, 8192})
    ->Args({8, 11, 1024})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace backlight
