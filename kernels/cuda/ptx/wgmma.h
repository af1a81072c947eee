// A warpgroup's (128 threads') 64xN matrix product on Hopper's tensor cores, which runs by itself
// and reads its operands from shared memory (sm_90a). PTX ISA: "Asynchronous Warpgroup Level Matrix
// Instructions": wgmma.mma_async, wgmma.fence, wgmma.commit_group, wgmma.wait_group.
//
//     wgmma_fence(d);                                       registers are settled
//     for (int k = 0; k < 32; k += 8)
//       wgmma(d, a_operand(a, row, k), b_operand<128>(b, 0, k), k > 0);
//     wgmma_commit();
//     wgmma_wait<0>(d);                                     now d may be touched, and a, b reused
//
// D: with g = lane / 4, t = lane % 4 and warp w of the warpgroup, values[i] is at row
// 16 w + g + 8 (i / 2 % 2), column 8 (i / 4) + 2 t + i % 2:
//
//     column     0    1    2    3  ...  8    9          A from registers: FragmentA of mma.h, warp
//     w row 16w+0  T0.0 T0.1 T1.0 T1.1    T0.4 T0.5       holding rows 16 w .. 16 w + 15. row 16w+8
//     T0.2 T0.3 T1.2 T1.3    T0.6 T0.7
#pragma once

#include "kernels/cuda/ptx/matrix_descriptor.h"
#include "kernels/cuda/ptx/mma.h"
#ifdef __CUDACC__
#include "kernels/cuda/ptx/wgmma_asm.h"
#else
#include "kernels/sim/twins/wgmma.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// A thread's share of a 64 x kN product. wgmma owns it from the first wgmma on it to the wait.
template <int kColumns>
struct Accumulator {
  static_assert(is_wgmma_n_v<kColumns>, "N is 8, 16, 32, 64, 96, 128, 192 or 256");
  static constexpr int kN = kColumns;
  static constexpr int kValues = kN / 2;
  float values[kValues];

  // values[i], for what comes after the wait. It is a float here whatever becomes of it (shuffles
  // want integers), so that the compiler has no reason to keep the registers as integers: it would
  // then move them to and fro between the wgmmas, which ptxas makes wait for each other if so.
  __device__ __forceinline__ float value(int i) const {
    float v = values[i];
#ifdef __CUDACC__
    asm("" : "+f"(v));
#endif
    return v;
  }

  // Where values[i] of a thread (0 .. 127 in its warpgroup) lies in the product.
  __host__ __device__ static constexpr int row(int thread, int i) {
    return thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
  }
  __host__ __device__ static constexpr int column(int thread, int i) {
    return i / 4 * 8 + thread % 4 * 2 + i % 2;
  }
};

// Ties registers to this place: the compiler, which does not know that wgmma goes on by itself, may
// not move what else is done with them across.
template <int kN>
__device__ __forceinline__ void pin(Accumulator<kN>& d) {
#ifdef __CUDACC__
  for (int i = 0; i < Accumulator<kN>::kValues; ++i) asm volatile("" : "+f"(d.values[i])::"memory");
#else
  static_cast<void>(d);
#endif
}
template <typename T>
__device__ __forceinline__ void pin(FragmentA<T>& a) {
#ifdef __CUDACC__
  for (std::uint32_t& r : a.registers) asm volatile("" : "+r"(r)::"memory");
#else
  static_cast<void>(a);
#endif
}

// Orders what was done to these accumulators and A fragments before the wgmmas that follow: before
// the first wgmma on them, and again whenever they were touched outside of wgmma.
template <typename... Registers>
__device__ __forceinline__ void wgmma_fence(Registers&... used_next) {
  (pin(used_next), ...);
#ifndef __CUDACC__
  backlight::sim::wgmma_fence();
#elif defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

// Makes one group of the wgmmas since the last commit.
__device__ __forceinline__ void wgmma_commit() {
#ifndef __CUDACC__
  backlight::sim::wgmma_commit();
#elif defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#else
  __trap();
#endif
}

// Waits until at most kNewest groups, the newest, are unfinished. `finished` are the accumulators
// that wgmma gives back here, all of those that are touched next.
template <int kNewest, int... kN>
__device__ __forceinline__ void wgmma_wait(Accumulator<kN>&... finished) {
  static_assert(kNewest >= 0 && kNewest <= 7, "wgmma_wait counts up to 7 groups");
#ifndef __CUDACC__
  backlight::sim::wgmma_wait(kNewest);
  (backlight::sim::check_given_back(finished.values), ...);
#elif defined(__CUDA_ARCH_FEAT_SM90_ALL)
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kNewest) : "memory");
#else
  __trap();
#endif
  (pin(finished), ...);
}

// D = A B + D, or D = A B where `accumulate` is false: m64nNk8 for float, of which it reads the
// TF32 part, m64nNk16 for bf16. A and B are in shared memory. All four warps of the warpgroup
// (warps 4i
// .. 4i + 3 of the block) issue it with the same operands.
template <int kN, typename T, Major kMajorA, Major kMajorB>
__device__ __forceinline__ void wgmma(Accumulator<kN>& d, OperandA<T, kMajorA> a,
                                      OperandB<T, kN, kMajorB> b, bool accumulate = true) {
#ifdef __CUDACC__
  WgmmaAsm<kN>::template multiply<T, kMajorA, kMajorB>(d.values, a.descriptor, b.descriptor,
                                                       accumulate);
#else
  backlight::sim::wgmma(
      {kN, std::is_same_v<T, float>, kMajorA == Major::mn, kMajorB == Major::mn, accumulate},
      d.values, nullptr, a.descriptor, b.descriptor);
#endif
}

// The same with A in registers, which may not be touched before the wait either.
template <int kN, typename T, Major kMajorB>
__device__ __forceinline__ void wgmma(Accumulator<kN>& d, const FragmentA<T>& a,
                                      OperandB<T, kN, kMajorB> b, bool accumulate = true) {
#ifdef __CUDACC__
  WgmmaAsm<kN>::template multiply<T, kMajorB>(d.values, a.registers, b.descriptor, accumulate);
#else
  backlight::sim::wgmma({kN, std::is_same_v<T, float>, false, kMajorB == Major::mn, accumulate},
                        d.values, a.registers, 0, b.descriptor);
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
