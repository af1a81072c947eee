// How a product of float matrices is computed on tensor cores that do not multiply floats: what
// kernels/precision.h promises.
//
// An arithmetic has operands A and B, made of the float fragments of kStep columns of k, and
// multiplies them: D += A B.
#pragma once

#include "kernels/cuda/ptx/mma.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Factors rounded to TF32.
struct Tf32 {
  static constexpr int kStep = 8;
  // Whether 32 columns of k are summed apart before they are added to the rest: see Tf32x3.
  static constexpr bool kSumsApart = false;
  static constexpr const char* kName = "TF32";
  using A = FragmentA<float>;
  using B = FragmentB<float>;

  template <typename Fragment>
  __device__ __forceinline__ static Fragment convert(Fragment fragment) {
    for (std::uint32_t& bits : fragment.registers)
      bits = __float_as_uint(round_to_tf32(__uint_as_float(bits)));
    return fragment;
  }

  template <int kM, int kN>
  __device__ __forceinline__ static void multiply(FragmentD (&d)[kM][kN], const A (&a)[kM],
                                                  const B (&b)[kN]) {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int n = 0; n < kN; ++n) mma(d[m][n], a[m], b[n]);
  }
};

// Factors as the sum of two TF32 numbers, without the product of the two small ones ("3xTF32"): as
// exact as float, if the sums are too. Tensor cores cut off what does not fit instead of rounding
// it, and such errors add up; so they sum no more than 32 columns of k, and the rest is added in
// float. Source: Ootomo and Yokota, "Recovering single precision accuracy from Tensor Cores while
// surpassing the FP32 theoretical peak performance", 2022.
struct Tf32x3 {
  static constexpr int kStep = 8;
  static constexpr bool kSumsApart = true;
  static constexpr const char* kName = "3xTF32";
  template <typename Fragment>
  struct Split {
    Fragment big, small;
  };
  using A = Split<FragmentA<float>>;
  using B = Split<FragmentB<float>>;

  template <typename Fragment>
  __device__ __forceinline__ static Split<Fragment> convert(const Fragment& fragment) {
    Split<Fragment> split;
    constexpr int kRegisters = sizeof(Fragment) / sizeof(std::uint32_t);
#pragma unroll
    for (int i = 0; i < kRegisters; ++i) {
      const Tf32Pair pair = split_tf32(__uint_as_float(fragment.registers[i]));
      split.big.registers[i] = __float_as_uint(pair.big);
      split.small.registers[i] = __float_as_uint(pair.small);
    }
    return split;
  }

  // The small terms first. Each pass goes over all of D, so that one mma need not wait for another.
  template <int kM, int kN>
  __device__ __forceinline__ static void multiply(FragmentD (&d)[kM][kN], const A (&a)[kM],
                                                  const B (&b)[kN]) {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int n = 0; n < kN; ++n) mma(d[m][n], a[m].small, b[n].big);
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int n = 0; n < kN; ++n) mma(d[m][n], a[m].big, b[n].small);
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int n = 0; n < kN; ++n) mma(d[m][n], a[m].big, b[n].big);
  }
};

// Factors rounded to bfloat16.
struct Bf16 {
  static constexpr int kStep = 16;
  static constexpr bool kSumsApart = false;
  static constexpr const char* kName = "bf16";
  using A = FragmentA<__nv_bfloat16>;
  using B = FragmentB<__nv_bfloat16>;

  // Two float fragments hold the columns t, t + 4 and t + 8, t + 12 of k in a lane, a bf16 fragment
  // 2t, 2t + 1 and 2t + 8, 2t + 9. The sum over k may run in any order that A and B agree on, so
  // the former are simply taken for the latter.
  __device__ __forceinline__ static A convert(const FragmentA<float>& low,
                                              const FragmentA<float>& high) {
    return {{pack(low, 0, 2), pack(low, 1, 3), pack(high, 0, 2), pack(high, 1, 3)}};
  }
  __device__ __forceinline__ static B convert(const FragmentB<float>& low,
                                              const FragmentB<float>& high) {
    return {{pack(low, 0, 1), pack(high, 0, 1)}};
  }

  template <int kM, int kN>
  __device__ __forceinline__ static void multiply(FragmentD (&d)[kM][kN], const A (&a)[kM],
                                                  const B (&b)[kN]) {
#pragma unroll
    for (int m = 0; m < kM; ++m)
#pragma unroll
      for (int n = 0; n < kN; ++n) mma(d[m][n], a[m], b[n]);
  }

 private:
  template <typename Fragment>
  __device__ __forceinline__ static std::uint32_t pack(const Fragment& fragment, int i, int j) {
    return pack_bf16(__uint_as_float(fragment.registers[i]),
                     __uint_as_float(fragment.registers[j]));
  }
};

}  // namespace backlight::kernels::BACKLIGHT_GPU
