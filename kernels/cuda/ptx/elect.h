// One thread of a warp (sm_90). PTX ISA: "elect.sync".
#pragma once

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/warp_control.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// True for one lane of the warp, always the same, which lane is the hardware's choice. All 32 lanes
// take part; ptxas knows that one lane goes on, so TMA and mbarrier instructions behind it are
// issued once without a loop over the lanes.
__device__ __forceinline__ bool elect_one() {
#ifndef __CUDACC__
  return backlight::sim::elect_one();
#elif __CUDA_ARCH__ >= 900
  std::uint32_t elected;
  asm volatile(
      "{\n"
      ".reg .pred elected;\n"
      "elect.sync _|elected, 0xffffffff;\n"
      "selp.u32 %0, 1, 0, elected;\n"
      "}\n"
      : "=r"(elected));
  return elected != 0;
#else
  __trap();
  return false;
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
