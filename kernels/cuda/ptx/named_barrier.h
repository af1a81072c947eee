// Barriers for some of a block's warps. PTX ISA: "bar, barrier" (bar.sync, bar.arrive).
// Barrier 0 is __syncthreads; 1 .. 15 are free.
#pragma once

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/warp_control.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// kThreads threads meet at a barrier: whole warps, whose lanes are converged.
template <int kThreads>
struct NamedBarrier {
  static_assert(kThreads >= 32 && kThreads <= 1024 && kThreads % 32 == 0,
                "a named barrier counts whole warps");
  std::uint32_t id;  // 1 .. 15

  // Waits for the others of the kThreads.
  __device__ __forceinline__ void sync() const {
#ifdef __CUDACC__
    asm volatile("bar.sync %0, %1;" ::"r"(id), "n"(kThreads) : "memory");
#else
    backlight::sim::named_barrier(id, kThreads, true);
#endif
  }

  // Is counted among the kThreads and goes on.
  __device__ __forceinline__ void arrive() const {
#ifdef __CUDACC__
    asm volatile("bar.arrive %0, %1;" ::"r"(id), "n"(kThreads) : "memory");
#else
    backlight::sim::named_barrier(id, kThreads, false);
#endif
  }
};

}  // namespace backlight::kernels::BACKLIGHT_GPU
