// Moves registers from the warps that copy to those that multiply (sm_90a).
// PTX ISA: "setmaxnreg".
#pragma once

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/warp_control.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

template <int kRegisters>
inline constexpr bool is_register_count_v =
    kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0;

// All threads of a warpgroup give back all but kRegisters of their registers each (a multiple of 8
// from 24 to 256), and must not use more from here on. The kernel is compiled with a known limit
// (__launch_bounds__), which kRegisters does not exceed.
template <int kRegisters>
__device__ __forceinline__ void decrease_registers() {
  static_assert(is_register_count_v<kRegisters>, "setmaxnreg takes a multiple of 8 from 24 to 256");
#ifndef __CUDACC__
  backlight::sim::set_registers(kRegisters, false);
#elif defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
#else
  __trap();
#endif
}

// The reverse: waits until enough registers have been given back, then owns kRegisters a thread.
template <int kRegisters>
__device__ __forceinline__ void increase_registers() {
  static_assert(is_register_count_v<kRegisters>, "setmaxnreg takes a multiple of 8 from 24 to 256");
#ifndef __CUDACC__
  backlight::sim::set_registers(kRegisters, true);
#elif defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
#else
  __trap();
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
