// The two ceilings of this machine, measured when the benchmarks start, and how near a benchmark
// came to the lower of them.
#pragma once

#include <benchmark/benchmark.h>

namespace backlight::bench {

struct Roofline {
  double gflops = 0;     // fused multiply-adds in registers, all threads, float32
  double gigabytes = 0;  // bytes read and written a second by a copy that fits no cache
};

// Measured once, with kernels::thread_count() threads.
const Roofline& roofline();

// Sets the counters GFLOP/s, GB/s and "% roof" of a benchmark whose one iteration does `flop`
// multiplications and additions and must move at least `bytes`. Winograd convolutions do fewer
// multiplications than they are credited with, so that they may pass 100 %.
void report(benchmark::State& state, double flop, double bytes);

}  // namespace backlight::bench
