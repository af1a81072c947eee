// A warp's 16x8 matrix product on the tensor cores, D = A B + D (sm_80), and the conversions to the
// formats it takes. PTX ISA: "Warp-Level Matrix Instructions: mma", "Matrix Fragments for
// mma.m16n8k8" (.tf32) and "... m16n8k16" (.bf16); "cvt".
//
// With g = lane / 4 and t = lane % 4, the registers of a lane hold (row, column):
//
//     A, TF32 16x8    (g, t)  (g+8, t)  (g, t+4)  (g+8, t+4)
//     A, bf16 16x16   (g, 2t..2t+1)  (g+8, 2t..)  (g, 2t+8..)  (g+8, 2t+8..)   low half first
//     B, TF32 8x8     (t, g)  (t+4, g)                              (row = k, column = n)
//     B, bf16 16x8    (2t..2t+1, g)  (2t+8.., g)
//     D, float 16x8   (g, 2t)  (g, 2t+1)  (g+8, 2t)  (g+8, 2t+1)
#pragma once

#include <type_traits>

#include "kernels/cuda/ptx/tile.h"
#ifndef __CUDACC__
#include "kernels/sim/twins/mma.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// What the tensor cores multiply: float, of which they use the sign, the exponent and the first 10
// bits of the fraction (TF32), or bfloat16.
template <typename T>
inline constexpr bool is_operand_v = std::is_same_v<T, float> || std::is_same_v<T, __nv_bfloat16>;

// A: 16 rows of 32 bytes. wgmma takes the same four registers for its 64 rows, warp w the rows
// 16 w .. 16 w + 15.
template <typename T>
struct FragmentA {
  static_assert(is_operand_v<T>, "the tensor cores multiply float (as TF32) or __nv_bfloat16");
  static constexpr int kK = 32 / static_cast<int>(sizeof(T));
  std::uint32_t registers[4];
};

template <typename T>
struct FragmentB {
  static_assert(is_operand_v<T>, "the tensor cores multiply float (as TF32) or __nv_bfloat16");
  static constexpr int kK = 32 / static_cast<int>(sizeof(T));
  std::uint32_t registers[2];
};

struct FragmentD {
  float values[4];

  // Where values[i] of a lane lies in the 16x8 product.
  __host__ __device__ static constexpr int row(int lane, int i) { return lane / 4 + i / 2 * 8; }
  __host__ __device__ static constexpr int column(int lane, int i) { return lane % 4 * 2 + i % 2; }
};

// D += A B: m16n8k8 for float, of which it reads the TF32 part, m16n8k16 for bf16. Products are
// exact and sums are float; the order of the additions is the hardware's. All lanes take part.
template <typename T>
__device__ __forceinline__ void mma(FragmentD& d, const FragmentA<T>& a, const FragmentB<T>& b) {
#ifdef __CUDACC__
  if constexpr (std::is_same_v<T, float>) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d.values[0]), "+f"(d.values[1]), "+f"(d.values[2]), "+f"(d.values[3])
        : "r"(a.registers[0]), "r"(a.registers[1]), "r"(a.registers[2]), "r"(a.registers[3]),
          "r"(b.registers[0]), "r"(b.registers[1]));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d.values[0]), "+f"(d.values[1]), "+f"(d.values[2]), "+f"(d.values[3])
        : "r"(a.registers[0]), "r"(a.registers[1]), "r"(a.registers[2]), "r"(a.registers[3]),
          "r"(b.registers[0]), "r"(b.registers[1]));
  }
#else
  backlight::sim::mma(d.values, a.registers, b.registers, std::is_same_v<T, float>);
#endif
}

// The TF32 value nearest to x, ties away from zero, as a float whose low 13 bits are 0
// (cvt.rna.tf32.f32). Infinities and NaN stay what they are.
__device__ __forceinline__ float round_to_tf32(float x) {
#ifdef __CUDACC__
  std::uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return __uint_as_float(bits & 0xffffe000u);
#else
  return backlight::sim::round_to_tf32(x);
#endif
}

// x as the sum of two TF32 values, to about 2^-22 of it: three products of such parts (big big,
// big small, small big) are a product to nearly float's precision ("3xTF32").
struct Tf32Pair {
  float big, small;
};

__device__ __forceinline__ Tf32Pair split_tf32(float x) {
  const float big = round_to_tf32(x);
  return {big, round_to_tf32(x - big)};
}

// Two floats rounded to bf16 (to nearest, ties to even) in one register, `low` in bits 0-15
// (cvt.rn.bf16x2.f32).
__device__ __forceinline__ std::uint32_t pack_bf16(float low, float high) {
#ifdef __CUDACC__
  std::uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
#else
  return backlight::sim::pack_bf16(low, high);
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
