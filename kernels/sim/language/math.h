// CUDA's arithmetic: float math, integer intrinsics, bit casts. The fast variants (__expf and the
// like) are as exact here as the others.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace backlight::kernels::sim {

#define BACKLIGHT_TWIN [[gnu::always_inline]] inline

// min and max; for floats a NaN gives way to the other number, as in fminf.
#define BACKLIGHT_MIN_MAX(A, B, Result)                                              \
  BACKLIGHT_TWIN constexpr Result min(A a, B b) {                                    \
    return static_cast<Result>(b) < static_cast<Result>(a) ? static_cast<Result>(b)  \
                                                           : static_cast<Result>(a); \
  }                                                                                  \
  BACKLIGHT_TWIN constexpr Result max(A a, B b) {                                    \
    return static_cast<Result>(a) < static_cast<Result>(b) ? static_cast<Result>(b)  \
                                                           : static_cast<Result>(a); \
  }
BACKLIGHT_MIN_MAX(int, int, int)
BACKLIGHT_MIN_MAX(unsigned, unsigned, unsigned)
BACKLIGHT_MIN_MAX(int, unsigned, unsigned)
BACKLIGHT_MIN_MAX(unsigned, int, unsigned)
BACKLIGHT_MIN_MAX(long, long, long)
BACKLIGHT_MIN_MAX(unsigned long, unsigned long, unsigned long)
BACKLIGHT_MIN_MAX(long long, long long, long long)
BACKLIGHT_MIN_MAX(unsigned long long, unsigned long long, unsigned long long)
#undef BACKLIGHT_MIN_MAX
BACKLIGHT_TWIN float min(float a, float b) { return std::fmin(a, b); }
BACKLIGHT_TWIN float max(float a, float b) { return std::fmax(a, b); }
BACKLIGHT_TWIN double min(double a, double b) { return std::fmin(a, b); }
BACKLIGHT_TWIN double max(double a, double b) { return std::fmax(a, b); }

// The C library has fmaf, expf, logf, tanhf, sqrtf and their kin; these it lacks.
BACKLIGHT_TWIN float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
BACKLIGHT_TWIN double rsqrt(double x) { return 1.0 / std::sqrt(x); }
BACKLIGHT_TWIN float sinpif(float x) {
  return static_cast<float>(std::sin(std::numbers::pi * std::remainder(double{x}, 2)));
}
BACKLIGHT_TWIN float cospif(float x) {
  return static_cast<float>(std::cos(std::numbers::pi * std::remainder(double{x}, 2)));
}
BACKLIGHT_TWIN void sincospif(float x, float* sine, float* cosine) {
  *sine = sinpif(x);
  *cosine = cospif(x);
}
BACKLIGHT_TWIN float __saturatef(float x) { return std::fmin(std::fmax(x, 0.0f), 1.0f); }

BACKLIGHT_TWIN float __expf(float x) { return std::exp(x); }
BACKLIGHT_TWIN float __exp10f(float x) { return std::pow(10.0f, x); }
BACKLIGHT_TWIN float __logf(float x) { return std::log(x); }
BACKLIGHT_TWIN float __log2f(float x) { return std::log2(x); }
BACKLIGHT_TWIN float __log10f(float x) { return std::log10(x); }
BACKLIGHT_TWIN float __sinf(float x) { return std::sin(x); }
BACKLIGHT_TWIN float __cosf(float x) { return std::cos(x); }
BACKLIGHT_TWIN float __tanf(float x) { return std::tan(x); }
BACKLIGHT_TWIN float __powf(float x, float y) { return std::pow(x, y); }
BACKLIGHT_TWIN float __fdividef(float x, float y) { return x / y; }
// Kernel files are compiled without contraction here, so these round once by themselves.
BACKLIGHT_TWIN float __fadd_rn(float x, float y) { return x + y; }
BACKLIGHT_TWIN float __fsub_rn(float x, float y) { return x - y; }
BACKLIGHT_TWIN float __fmul_rn(float x, float y) { return x * y; }
BACKLIGHT_TWIN float __fdiv_rn(float x, float y) { return x / y; }
BACKLIGHT_TWIN float __frcp_rn(float x) { return 1.0f / x; }
BACKLIGHT_TWIN float __fsqrt_rn(float x) { return std::sqrt(x); }
BACKLIGHT_TWIN float __fmaf_rn(float x, float y, float z) { return std::fma(x, y, z); }

// To integers: rn to the nearest (ties to even), rz towards zero, rd down, ru up.
BACKLIGHT_TWIN int __float2int_rn(float x) { return static_cast<int>(std::nearbyint(x)); }
BACKLIGHT_TWIN int __float2int_rz(float x) { return static_cast<int>(x); }
BACKLIGHT_TWIN int __float2int_rd(float x) { return static_cast<int>(std::floor(x)); }
BACKLIGHT_TWIN int __float2int_ru(float x) { return static_cast<int>(std::ceil(x)); }
BACKLIGHT_TWIN float __int2float_rn(int x) { return static_cast<float>(x); }
BACKLIGHT_TWIN float __uint2float_rn(unsigned x) { return static_cast<float>(x); }

BACKLIGHT_TWIN unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
BACKLIGHT_TWIN int __float_as_int(float x) { return std::bit_cast<int>(x); }
BACKLIGHT_TWIN float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
BACKLIGHT_TWIN float __int_as_float(int x) { return std::bit_cast<float>(x); }
BACKLIGHT_TWIN long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
BACKLIGHT_TWIN double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }

BACKLIGHT_TWIN int __popc(unsigned x) { return std::popcount(x); }
BACKLIGHT_TWIN int __popcll(unsigned long long x) { return std::popcount(x); }
BACKLIGHT_TWIN int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
BACKLIGHT_TWIN int __ffs(int x) { return __builtin_ffs(x); }
BACKLIGHT_TWIN unsigned __brev(unsigned x) {
  x = __builtin_bswap32(x);
  x = (x & 0x0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f);
  x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
  return (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
}
BACKLIGHT_TWIN unsigned __umulhi(unsigned x, unsigned y) {
  return static_cast<unsigned>(std::uint64_t{x} * y >> 32);
}
BACKLIGHT_TWIN int __mulhi(int x, int y) { return static_cast<int>(std::int64_t{x} * y >> 32); }
BACKLIGHT_TWIN unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(x) * y >> 64);
}
// Bytes of the eight in (y, x), picked by the nibbles of `selector`.
BACKLIGHT_TWIN unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{y} << 32 | x;
  unsigned result = 0;
  for (int i = 0; i < 4; ++i)
    result |= static_cast<unsigned>(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
  return result;
}
BACKLIGHT_TWIN unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) << (shift & 31) >> 32);
}
BACKLIGHT_TWIN unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) >> (shift & 31));
}

#undef BACKLIGHT_TWIN

}  // namespace backlight::kernels::sim
