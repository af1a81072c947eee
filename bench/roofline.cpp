#include "bench/roofline.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "kernels/parallel.h"

namespace backlight::bench {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The best of several runs of f on all threads, in seconds.
template <typename F>
double best_time(F&& f) {
  double best = 1e30;
  for (int repeat = 0; repeat < 7; ++repeat) {
    const double start = seconds();
    kernels::parallel_for(kernels::thread_count(), f);
    best = std::min(best, seconds() - start);
  }
  return best;
}

// Ten vectors in registers, each a chain of multiply-adds: enough chains to hide their latency.
double measure_gflops() {
  constexpr int kChains = 10, kWidth = 16, kRounds = 2'000'000;
  using Vector [[gnu::vector_size(kWidth * sizeof(float))]] = float;
  const double time = best_time([](std::int64_t) {
    Vector chains[kChains];
    for (int c = 0; c < kChains; ++c) chains[c] = Vector{} + static_cast<float>(c);
    const Vector scale = Vector{} + 0.999f, shift = Vector{} + 0.001f;
    for (int round = 0; round < kRounds; ++round)
      for (Vector& chain : chains) chain = chain * scale + shift;
    for (Vector& chain : chains) benchmark::DoNotOptimize(chain);
  });
  return 2e-9 * kChains * kWidth * kRounds * kernels::thread_count() / time;
}

double measure_gigabytes() {
  constexpr std::size_t kBytes = std::size_t{128} << 20;
  const auto threads = static_cast<std::size_t>(kernels::thread_count());
  std::vector<std::vector<char>> from(threads, std::vector<char>(kBytes, 1));
  std::vector<std::vector<char>> to(threads, std::vector<char>(kBytes, 2));
  const double time = best_time([&](std::int64_t thread) {
    const auto t = static_cast<std::size_t>(thread);
    std::memcpy(to[t].data(), from[t].data(), kBytes);
    benchmark::DoNotOptimize(to[t].data());
    benchmark::ClobberMemory();
  });
  return 2e-9 * static_cast<double>(kBytes * threads) / time;
}

}  // namespace

const Roofline& roofline() {
  static const Roofline measured{measure_gflops(), measure_gigabytes()};
  return measured;
}

void report(benchmark::State& state, double flop, double bytes) {
  using benchmark::Counter;
  const Roofline& roof = roofline();
  const double least = std::max(flop / (roof.gflops * 1e9), bytes / (roof.gigabytes * 1e9));
  const auto rate = Counter::kIsIterationInvariantRate;
  state.counters["GFLOP/s"] = Counter(flop * 1e-9, rate);
  state.counters["GB/s"] = Counter(bytes * 1e-9, rate);
  state.counters["% roof"] = Counter(100 * least, rate);
}

}  // namespace backlight::bench
