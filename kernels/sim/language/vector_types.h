// CUDA's short vectors, with CUDA's alignment: what makes one wide access of them.
#pragma once

#include <cstdint>

namespace backlight::kernels::sim {

#define BACKLIGHT_VECTORS(name, Element)                                                  \
  struct alignas(2 * sizeof(Element)) name##2 {                                           \
    Element x, y;                                                                         \
  };                                                                                      \
  struct name##3 {                                                                        \
    Element x, y, z;                                                                      \
  };                                                                                      \
  struct alignas(4 * sizeof(Element) < 16 ? 4 * sizeof(Element) : 16) name##4 {           \
    Element x, y, z, w;                                                                   \
  };                                                                                      \
  constexpr name##2 make_##name##2(Element x, Element y) { return {x, y}; }               \
  constexpr name##3 make_##name##3(Element x, Element y, Element z) { return {x, y, z}; } \
  constexpr name##4 make_##name##4(Element x, Element y, Element z, Element w) {          \
    return {x, y, z, w};                                                                  \
  }

BACKLIGHT_VECTORS(float, float)
BACKLIGHT_VECTORS(double, double)
BACKLIGHT_VECTORS(int, int)
BACKLIGHT_VECTORS(uint, unsigned int)
BACKLIGHT_VECTORS(short, short)
BACKLIGHT_VECTORS(ushort, unsigned short)
BACKLIGHT_VECTORS(char, signed char)
BACKLIGHT_VECTORS(uchar, unsigned char)
BACKLIGHT_VECTORS(longlong, long long)
BACKLIGHT_VECTORS(ulonglong, unsigned long long)
#undef BACKLIGHT_VECTORS

struct dim3 {
  unsigned int x = 1, y = 1, z = 1;
  constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};

}  // namespace backlight::kernels::sim
