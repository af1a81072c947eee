#include "kernels/sim/language/atomics.h"

#include <algorithm>
#include <utility>

#include "kernels/sim/engine.h"

namespace backlight::kernels::sim {
namespace {

// No other thread runs meanwhile; afterwards one may, for a kernel that spins on an atomic.
template <typename T, typename Change>
T change(T* address, const void* site, Change&& change) {
  const backlight::sim::CallSite here(site);
  backlight::sim::atomic_checked(address, sizeof(T));
  const T before = *address;
  *address = change(before);
  backlight::sim::yield();
  return before;
}

}  // namespace

#define BACKLIGHT_ATOMIC(name, T, result)                                                       \
  T name(T* address, T value) {                                                                 \
    return change(address, __builtin_return_address(0), [&](T before) -> T { return result; }); \
  }
#define BACKLIGHT_FOR_INTEGERS(name, result) \
  BACKLIGHT_ATOMIC(name, int, result)        \
  BACKLIGHT_ATOMIC(name, unsigned, result)
#define BACKLIGHT_FOR_ALL_INTEGERS(name, result) \
  BACKLIGHT_FOR_INTEGERS(name, result)           \
  BACKLIGHT_ATOMIC(name, unsigned long long, result)

BACKLIGHT_FOR_ALL_INTEGERS(atomicExch, (static_cast<void>(before), value))
BACKLIGHT_FOR_ALL_INTEGERS(atomicMin, std::min(before, value))
BACKLIGHT_FOR_ALL_INTEGERS(atomicMax, std::max(before, value))
BACKLIGHT_FOR_ALL_INTEGERS(atomicAnd, before& value)
BACKLIGHT_FOR_ALL_INTEGERS(atomicOr, before | value)
BACKLIGHT_FOR_ALL_INTEGERS(atomicXor, before ^ value)
BACKLIGHT_ATOMIC(atomicExch, float, (static_cast<void>(before), value))
BACKLIGHT_ATOMIC(atomicAdd, float, before + value)
BACKLIGHT_ATOMIC(atomicAdd, double, before + value)
BACKLIGHT_ATOMIC(atomicAdd, unsigned, before + value)
BACKLIGHT_ATOMIC(atomicAdd, unsigned long long, before + value)
BACKLIGHT_ATOMIC(atomicSub, unsigned, before - value)
// Atomic integers wrap around.
BACKLIGHT_ATOMIC(atomicAdd, int,
                 static_cast<int>(static_cast<unsigned>(before) + static_cast<unsigned>(value)))
BACKLIGHT_ATOMIC(atomicSub, int,
                 static_cast<int>(static_cast<unsigned>(before) - static_cast<unsigned>(value)))

#define BACKLIGHT_CAS(T)                                                          \
  T atomicCAS(T* address, T expected, T value) {                                  \
    return change(address, __builtin_return_address(0),                           \
                  [&](T before) { return before == expected ? value : before; }); \
  }
BACKLIGHT_CAS(int)
BACKLIGHT_CAS(unsigned)
BACKLIGHT_CAS(unsigned long long)

}  // namespace backlight::kernels::sim
