// A kernel for gdb to stop in: see gdb_test.cpp.
#include "kernels/cuda/gpu.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

__global__ void squares(int* out) {
  const int number = static_cast<int>(threadIdx.x);
  const int square = number * number;
  out[number] = square;  // here: stop
}

TEST(Gdb, Kernel) {
  const DeviceArray<int> out(32);
  launch({.kernel = "squares", .block = dim3(32)}, squares, out.data());
  EXPECT_EQ(out.read()[21], 441);
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
