// CUDA's bfloat16: the upper half of a float.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/sim/language/vector_types.h"

namespace backlight::kernels::sim {

struct __nv_bfloat16 {
  std::uint16_t bits;

  __nv_bfloat16() = default;
  // Rounds to the nearest, ties to even; a NaN becomes CUDA's 0x7fff.
  [[gnu::always_inline]] __nv_bfloat16(float x) {
    const auto word = std::bit_cast<std::uint32_t>(x);
    bits = x == x ? static_cast<std::uint16_t>((word + 0x7fff + (word >> 16 & 1)) >> 16) : 0x7fff;
  }
  [[gnu::always_inline]] operator float() const {
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
  }
};

struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};

#define BACKLIGHT_TWIN [[gnu::always_inline]] inline

BACKLIGHT_TWIN __nv_bfloat16 __float2bfloat16_rn(float x) { return {x}; }
BACKLIGHT_TWIN __nv_bfloat16 __float2bfloat16(float x) { return {x}; }
BACKLIGHT_TWIN float __bfloat162float(__nv_bfloat16 x) { return x; }
BACKLIGHT_TWIN __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {x, y}; }
BACKLIGHT_TWIN __nv_bfloat162 __float22bfloat162_rn(float2 v) { return {v.x, v.y}; }
BACKLIGHT_TWIN float2 __bfloat1622float2(__nv_bfloat162 v) { return {v.x, v.y}; }
BACKLIGHT_TWIN __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) {
  return {x, y};
}
BACKLIGHT_TWIN float __low2float(__nv_bfloat162 v) { return v.x; }
BACKLIGHT_TWIN float __high2float(__nv_bfloat162 v) { return v.y; }
BACKLIGHT_TWIN unsigned short __bfloat16_as_ushort(__nv_bfloat16 x) { return x.bits; }
BACKLIGHT_TWIN __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
  return std::bit_cast<__nv_bfloat16>(bits);
}

#undef BACKLIGHT_TWIN

}  // namespace backlight::kernels::sim
