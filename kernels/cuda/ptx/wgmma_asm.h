// The wgmma.mma_async instructions themselves, one for each N: inline assembly needs every
// accumulator written out as an operand. Only nvcc reads this file.
#pragma once

#include <type_traits>

#include "kernels/cuda/ptx/matrix_descriptor.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// The instructions for one N. Elsewhere than on sm_90a they cannot run.
template <int kN>
struct WgmmaAsm {
  template <typename T, Major kMajorA, Major kMajorB>
  __device__ static void multiply(float (&)[kN / 2], std::uint64_t, std::uint64_t, int) {
    __trap();
  }
  template <typename T, Major kMajorB>
  __device__ static void multiply(float (&)[kN / 2], const std::uint32_t (&)[4], std::uint64_t,
                                  int) {
    __trap();
  }
};

#ifdef __CUDA_ARCH_FEAT_SM90_ALL

// The operands d[first], d[first + 1], ...
#define BACKLIGHT_VALUES_4(first) \
  "+f"(d[first]), "+f"(d[first + 1]), "+f"(d[first + 2]), "+f"(d[first + 3])
#define BACKLIGHT_VALUES_8(first) BACKLIGHT_VALUES_4(first), BACKLIGHT_VALUES_4(first + 4)
#define BACKLIGHT_VALUES_16(first) BACKLIGHT_VALUES_8(first), BACKLIGHT_VALUES_8(first + 8)
#define BACKLIGHT_VALUES_32(first) BACKLIGHT_VALUES_16(first), BACKLIGHT_VALUES_16(first + 16)
#define BACKLIGHT_VALUES_48(first) BACKLIGHT_VALUES_32(first), BACKLIGHT_VALUES_16(first + 32)
#define BACKLIGHT_VALUES_64(first) BACKLIGHT_VALUES_32(first), BACKLIGHT_VALUES_32(first + 32)
#define BACKLIGHT_VALUES_96(first) BACKLIGHT_VALUES_48(first), BACKLIGHT_VALUES_48(first + 48)
#define BACKLIGHT_VALUES_128(first) BACKLIGHT_VALUES_64(first), BACKLIGHT_VALUES_64(first + 64)

// Their names in the text: "%0, %1, ...". First the names within one ten, then all from %0 on.
#define BACKLIGHT_TEN_2(ten) "%" #ten "0, %" #ten "1"
#define BACKLIGHT_TEN_4(ten) BACKLIGHT_TEN_2(ten) ", %" #ten "2, %" #ten "3"
#define BACKLIGHT_TEN_6(ten) BACKLIGHT_TEN_4(ten) ", %" #ten "4, %" #ten "5"
#define BACKLIGHT_TEN_8(ten) BACKLIGHT_TEN_6(ten) ", %" #ten "6, %" #ten "7"
#define BACKLIGHT_TEN(ten) BACKLIGHT_TEN_8(ten) ", %" #ten "8, %" #ten "9, "
#define BACKLIGHT_TENS_TO_2 BACKLIGHT_TEN() BACKLIGHT_TEN(1) BACKLIGHT_TEN(2)
#define BACKLIGHT_TENS_TO_5 BACKLIGHT_TENS_TO_2 BACKLIGHT_TEN(3) BACKLIGHT_TEN(4) BACKLIGHT_TEN(5)
#define BACKLIGHT_TENS_TO_8 BACKLIGHT_TENS_TO_5 BACKLIGHT_TEN(6) BACKLIGHT_TEN(7) BACKLIGHT_TEN(8)
#define BACKLIGHT_TENS_TO_11 \
  BACKLIGHT_TENS_TO_8 BACKLIGHT_TEN(9) BACKLIGHT_TEN(10) BACKLIGHT_TEN(11)
#define BACKLIGHT_NAMES_4 BACKLIGHT_TEN_4()
#define BACKLIGHT_NAMES_8 BACKLIGHT_TEN_8()
#define BACKLIGHT_NAMES_16 BACKLIGHT_TEN() BACKLIGHT_TEN_6(1)
#define BACKLIGHT_NAMES_32 BACKLIGHT_TENS_TO_2 BACKLIGHT_TEN_2(3)
#define BACKLIGHT_NAMES_48 BACKLIGHT_TENS_TO_2 BACKLIGHT_TEN(3) BACKLIGHT_TEN_8(4)
#define BACKLIGHT_NAMES_64 BACKLIGHT_TENS_TO_5 BACKLIGHT_TEN_4(6)
#define BACKLIGHT_NAMES_96 BACKLIGHT_TENS_TO_8 BACKLIGHT_TEN_6(9)
#define BACKLIGHT_NAMES_128 BACKLIGHT_TENS_TO_11 BACKLIGHT_TEN_8(12)

// One instruction: the texts of its shape and operands, and what comes behind the two scales.
#define BACKLIGHT_WGMMA(shape, count, a, b, accumulate, tail)                       \
  "{ .reg .pred p; setp.ne.b32 p, " accumulate                                      \
  ", 0; "                                                                           \
  "wgmma.mma_async.sync.aligned." shape " {" BACKLIGHT_NAMES_##count "}, " a ", " b \
                                                                     ", p, 1, 1" tail "; }"

// All instructions for one N: `count` = N / 2, and n0 .. n6 are the numbers count .. count + 6 of
// the operands behind the accumulators.
#define BACKLIGHT_WGMMA_N(n, count, n0, n1, n2, n3, n4, n5, n6)                                    \
  template <>                                                                                      \
  struct WgmmaAsm<n> {                                                                             \
    template <typename T, Major kMajorA, Major kMajorB>                                            \
    __device__ static __forceinline__ void multiply(float (&d)[count], std::uint64_t a,            \
                                                    std::uint64_t b, int accumulate) {             \
      if constexpr (std::is_same_v<T, float>) {                                                    \
        asm volatile(                                                                              \
            BACKLIGHT_WGMMA("m64n" #n "k8.f32.tf32.tf32", count, "%" #n0, "%" #n1, "%" #n2, "")    \
            : BACKLIGHT_VALUES_##count(0)                                                          \
            : "l"(a), "l"(b), "r"(accumulate)                                                      \
            : "memory");                                                                           \
      } else {                                                                                     \
        asm volatile(BACKLIGHT_WGMMA("m64n" #n "k16.f32.bf16.bf16", count, "%" #n0, "%" #n1,       \
                                     "%" #n2, ", %" #n3 ", %" #n4)                                 \
                     : BACKLIGHT_VALUES_##count(0)                                                 \
                     : "l"(a), "l"(b), "r"(accumulate), "n"(int{kMajorA == Major::mn}),            \
                       "n"(int{kMajorB == Major::mn})                                              \
                     : "memory");                                                                  \
      }                                                                                            \
    }                                                                                              \
    template <typename T, Major kMajorB>                                                           \
    __device__ static __forceinline__ void multiply(float (&d)[count],                             \
                                                    const std::uint32_t (&a)[4], std::uint64_t b,  \
                                                    int accumulate) {                              \
      if constexpr (std::is_same_v<T, float>) {                                                    \
        asm volatile(                                                                              \
            BACKLIGHT_WGMMA("m64n" #n "k8.f32.tf32.tf32", count,                                   \
                            "{%" #n0 ", %" #n1 ", %" #n2 ", %" #n3 "}", "%" #n4, "%" #n5, "")      \
            : BACKLIGHT_VALUES_##count(0)                                                          \
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate)                  \
            : "memory");                                                                           \
      } else {                                                                                     \
        asm volatile(BACKLIGHT_WGMMA("m64n" #n "k16.f32.bf16.bf16", count,                         \
                                     "{%" #n0 ", %" #n1 ", %" #n2 ", %" #n3 "}", "%" #n4, "%" #n5, \
                                     ", %" #n6)                                                    \
                     : BACKLIGHT_VALUES_##count(0)                                                 \
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate),        \
                       "n"(int{kMajorB == Major::mn})                                              \
                     : "memory");                                                                  \
      }                                                                                            \
    }                                                                                              \
  };

BACKLIGHT_WGMMA_N(8, 4, 4, 5, 6, 7, 8, 9, 10)
BACKLIGHT_WGMMA_N(16, 8, 8, 9, 10, 11, 12, 13, 14)
BACKLIGHT_WGMMA_N(32, 16, 16, 17, 18, 19, 20, 21, 22)
BACKLIGHT_WGMMA_N(64, 32, 32, 33, 34, 35, 36, 37, 38)
BACKLIGHT_WGMMA_N(96, 48, 48, 49, 50, 51, 52, 53, 54)
BACKLIGHT_WGMMA_N(128, 64, 64, 65, 66, 67, 68, 69, 70)
BACKLIGHT_WGMMA_N(192, 96, 96, 97, 98, 99, 100, 101, 102)
BACKLIGHT_WGMMA_N(256, 128, 128, 129, 130, 131, 132, 133, 134)

#endif

}  // namespace backlight::kernels::BACKLIGHT_GPU
