// The tile of a matrix product that one block computes on Hopper, and how its warps share it.
#pragma once

#include "kernels/cuda/ptx/wgmma.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

// kM x kN elements of D = A B. Two warpgroups multiply; each thread of them keeps its share of
// kFragments times 64 x kN sums in registers. One warp of a third warpgroup brings the operands.
//
//                          kN columns
//   blocks 0 ..          | warpgroup 0: kFragments x 4 blocks of 16 rows, one a warp |
//   blocks 4 kFragments  | warpgroup 1                                               |
template <int kFragmentsEach, int kColumns>
struct TileShape {
  static constexpr int kFragments = kFragmentsEach, kN = kColumns;
  static constexpr int kWarpgroups = 2, kM = 64 * kFragments * kWarpgroups;
  static constexpr int kConsumers = 128 * kWarpgroups;  // threads that multiply
  static constexpr int kThreads = kConsumers + 128;
  static_assert(kFragments == 1 || kFragments == 2, "the sums must fit the registers");
  static_assert(kFragments * kN <= 256, "the sums must fit the registers");

  // The 16 rows of D of which the running thread's warp computes fragment `fragment`.
  __device__ static int block(int fragment) {
    const int warp = static_cast<int>(threadIdx.x) / 32;
    return (warp / 4 * kFragments + fragment) * 4 + warp % 4;
  }
};

// How many columns of k come at a time: 128 bytes of float, the span of the swizzle.
inline constexpr int kDepth = 32;

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
