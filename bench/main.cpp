// Runs the benchmarks; says first which ceilings they are held against.
#include <cstdio>

#include "bench/roofline.h"
#include "kernels/parallel.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const auto& roof = backlight::bench::roofline();
  std::fprintf(stderr, "%d threads; ceilings: %.0f GFLOP/s, %.1f GB/s\n",
               backlight::kernels::thread_count(), roof.gflops, roof.gigabytes);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
