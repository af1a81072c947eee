// Atomic operations. They return the value from before, order nothing else, and race only with
// accesses that are not atomic. Memory: global or shared.
#pragma once

namespace backlight::kernels::sim {

#define BACKLIGHT_ATOMIC(name, T) T name(T* address, T value);
BACKLIGHT_ATOMIC(atomicAdd, int)
BACKLIGHT_ATOMIC(atomicAdd, unsigned)
BACKLIGHT_ATOMIC(atomicAdd, unsigned long long)
BACKLIGHT_ATOMIC(atomicAdd, float)
BACKLIGHT_ATOMIC(atomicAdd, double)
BACKLIGHT_ATOMIC(atomicSub, int)
BACKLIGHT_ATOMIC(atomicSub, unsigned)
BACKLIGHT_ATOMIC(atomicExch, int)
BACKLIGHT_ATOMIC(atomicExch, unsigned)
BACKLIGHT_ATOMIC(atomicExch, unsigned long long)
BACKLIGHT_ATOMIC(atomicExch, float)
BACKLIGHT_ATOMIC(atomicMin, int)
BACKLIGHT_ATOMIC(atomicMin, unsigned)
BACKLIGHT_ATOMIC(atomicMin, unsigned long long)
BACKLIGHT_ATOMIC(atomicMax, int)
BACKLIGHT_ATOMIC(atomicMax, unsigned)
BACKLIGHT_ATOMIC(atomicMax, unsigned long long)
BACKLIGHT_ATOMIC(atomicAnd, int)
BACKLIGHT_ATOMIC(atomicAnd, unsigned)
BACKLIGHT_ATOMIC(atomicAnd, unsigned long long)
BACKLIGHT_ATOMIC(atomicOr, int)
BACKLIGHT_ATOMIC(atomicOr, unsigned)
BACKLIGHT_ATOMIC(atomicOr, unsigned long long)
BACKLIGHT_ATOMIC(atomicXor, int)
BACKLIGHT_ATOMIC(atomicXor, unsigned)
BACKLIGHT_ATOMIC(atomicXor, unsigned long long)
#undef BACKLIGHT_ATOMIC

// Stores `value` if the memory holds `expected`.
int atomicCAS(int* address, int expected, int value);
unsigned atomicCAS(unsigned* address, unsigned expected, unsigned value);
unsigned long long atomicCAS(unsigned long long* address, unsigned long long expected,
                             unsigned long long value);

}  // namespace backlight::kernels::sim
