// Barriers in shared memory that count arrivals and bytes (sm_90), and the fences that TMA and
// wgmma need. PTX ISA: "Parallel Synchronization and Communication Instructions: mbarrier",
// "membar / fence" (fence.proxy.async, fence.mbarrier_init).
//
// A barrier is in phase 0, 1, 2, ... A phase is complete when as many arrivals have come as init
// said and as many bytes as expect_tx announced (a copy may land before it is announced); the next
// one begins at once with the same count. wait(p) is for the phase of parity p that is running or
// has just been completed: for p = 1 it returns at once on a new barrier.
//
//     producer (one thread)                       consumers
//     empty[s].wait(parity ^ 1);                  full[s].wait(parity);
//     full[s].arrive_expect_tx(bytes);            ... read the stage ...
//     load_tensor(tile, map, full[s], ...);       empty[s].arrive();
#pragma once

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/mbarrier.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// Lies in shared memory; opaque.
struct MBarrier {
  std::uint64_t opaque;

  // Every phase is to have `arrivals` (1 .. 2^20 - 1) arrivals. One thread calls it; then it calls
  // fence_mbarrier_init() and the block synchronises, before anyone else uses the barrier.
  __device__ __forceinline__ void init(std::uint32_t arrivals) {
#ifndef __CUDACC__
    backlight::sim::mbarrier_init(&opaque, arrivals);
#elif __CUDA_ARCH__ >= 900
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(this)),
                 "r"(arrivals)
                 : "memory");
#else
    __trap();
#endif
  }

  // Ends the barrier's life, so that its memory may be used for something else.
  __device__ __forceinline__ void invalidate() {
#ifndef __CUDACC__
    backlight::sim::mbarrier_invalidate(&opaque);
#elif __CUDA_ARCH__ >= 900
    asm volatile("mbarrier.inval.shared::cta.b64 [%0];" ::"r"(shared_address(this)) : "memory");
#else
    __trap();
#endif
  }

  // One arrival: what this thread did before is visible to those who wait (release).
  __device__ __forceinline__ void arrive() {
#ifndef __CUDACC__
    backlight::sim::mbarrier_arrive(&opaque, 0);
#elif __CUDA_ARCH__ >= 900
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(this)) : "memory");
#else
    __trap();
#endif
  }

  // Announces `bytes` that TMA will bring in this phase, then arrives.
  __device__ __forceinline__ void arrive_expect_tx(std::uint32_t bytes) {
#ifndef __CUDACC__
    backlight::sim::mbarrier_arrive(&opaque, bytes);
#elif __CUDA_ARCH__ >= 900
    asm volatile(
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(this)),
        "r"(bytes)
        : "memory");
#else
    __trap();
#endif
  }

  // Whether the phase of this parity (0 or 1) is complete; may suspend the thread for a while
  // first. If so, what the arriving threads and the copies did is visible (acquire).
  __device__ __forceinline__ bool try_wait(std::uint32_t parity) {
#ifndef __CUDACC__
    return backlight::sim::mbarrier_try_wait(&opaque, parity);
#elif __CUDA_ARCH__ >= 900
    std::uint32_t complete;
    asm volatile(
        "{\n"
        ".reg .pred complete;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 complete, [%1], %2;\n"
        "selp.u32 %0, 1, 0, complete;\n"
        "}\n"
        : "=r"(complete)
        : "r"(shared_address(this)), "r"(parity)
        : "memory");
    return complete != 0;
#else
    __trap();
    return false;
#endif
  }

  // Waits until the phase of this parity is complete.
  __device__ __forceinline__ void wait(std::uint32_t parity) {
#ifdef __CUDACC__
    while (!try_wait(parity)) {
    }
#else
    backlight::sim::mbarrier_wait(&opaque, parity);
#endif
  }
};

// Makes this thread's inits visible to TMA and to other threads that synchronise with it.
__device__ __forceinline__ void fence_mbarrier_init() {
#ifndef __CUDACC__
  backlight::sim::fence_mbarrier_init();
#elif __CUDA_ARCH__ >= 900
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#else
  __trap();
#endif
}

// Makes this thread's ordinary stores to shared memory visible to wgmma and TMA, which read through
// the async proxy. The threads that stored call it; then the block (or those who take part)
// synchronises; then wgmma or a TMA store may read.
__device__ __forceinline__ void fence_proxy_async() {
#ifndef __CUDACC__
  backlight::sim::fence_proxy_async();
#elif __CUDA_ARCH__ >= 900
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#else
  __trap();
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
