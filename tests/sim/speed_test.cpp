// What the simulator costs. Printed, never asserted: a busy machine may take any time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "kernels/sim/global_memory.h"
#include "tests/sim/kernels.h"

namespace {

using namespace backlight::kernels::sim;

// Nanoseconds of processor time for each of `count` operations.
template <typename F>
double nanoseconds(double count, F&& f) {
  f();
  const std::clock_t start = std::clock();
  f();
  return 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / count;
}

TEST(Speed, OfBarriersShufflesAndAccesses) {
  constexpr int kTimes = 2000, kThreads = 256, kFloats = 65536;
  auto* memory = reinterpret_cast<float*>(backlight::sim::allocate(2 * kFloats * sizeof(float)));
  const std::vector<float> ones(kFloats, 1.0f);
  std::copy(ones.begin(), ones.end(), memory);
  backlight::sim::mark_written(reinterpret_cast<std::byte*>(memory), kFloats * sizeof(float));
  float* out = memory + kFloats;
  const double count = 1.0 * kTimes * kThreads;
  std::printf("nanoseconds per thread: barrier %.1f",
              nanoseconds(count, [] { run_barriers(kTimes); }));
  std::printf(", shuffle %.1f", nanoseconds(count, [&] { run_shuffles(out, kTimes); }));
  std::printf(", shared load %.1f", nanoseconds(count, [&] { run_shared(out, kTimes); }));
  std::printf(", global load %.1f\n", nanoseconds(count, [&] { run_global(memory, out, kTimes); }));
  EXPECT_EQ(out[0], kTimes);
  backlight::sim::deallocate(reinterpret_cast<std::byte*>(memory));
}

}  // namespace
