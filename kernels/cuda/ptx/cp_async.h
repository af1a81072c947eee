// Copies from global to shared memory that pass no register and finish later (sm_80).
// PTX ISA: "Data Movement and Conversion Instructions: cp.async" (non-bulk copy).
//
//     cp_async<16>(destination, source);   each thread, as often as it likes
//     cp_async_commit();                   the copies since the last commit are one group
//     cp_async_wait<1>();                  all of this thread's groups but the newest 1 are done
//     __syncthreads();                     and now the other threads may read them too
#pragma once

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/cp_async.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// Copies the first `source_bytes` of kBytes from global to shared memory and fills the rest with
// zeros; nothing is read when it is 0. Both addresses are multiples of kBytes. 16 bytes bypass L1
// (.cg), 4 and 8 pass through it (.ca).
template <int kBytes>
__device__ __forceinline__ void cp_async(void* destination, const void* source,
                                         int source_bytes = kBytes) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16, "cp.async copies 4, 8 or 16 bytes");
#ifdef __CUDACC__
  if constexpr (kBytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(destination)),
                 "l"(__cvta_generic_to_global(source)), "r"(source_bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(destination)),
                 "l"(__cvta_generic_to_global(source)), "n"(kBytes), "r"(source_bytes)
                 : "memory");
  }
#else
  backlight::sim::cp_async(destination, source, kBytes, source_bytes);
#endif
}

// Makes one group of this thread's copies since its last commit; the group may be empty.
__device__ __forceinline__ void cp_async_commit() {
#ifdef __CUDACC__
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  backlight::sim::cp_async_commit();
#endif
}

// Waits until at most kNewest of this thread's groups, the newest, are unfinished.
template <int kNewest>
__device__ __forceinline__ void cp_async_wait() {
  static_assert(kNewest >= 0, "cp_async_wait counts groups");
#ifdef __CUDACC__
  asm volatile("cp.async.wait_group %0;" ::"n"(kNewest) : "memory");
#else
  backlight::sim::cp_async_wait(kNewest);
#endif
}

// Waits for every copy of this thread, committed or not.
__device__ __forceinline__ void cp_async_wait_all() {
#ifdef __CUDACC__
  asm volatile("cp.async.wait_all;" ::: "memory");
#else
  backlight::sim::cp_async_wait_all();
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
