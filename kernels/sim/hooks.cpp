// What GCC calls in code compiled with -fsanitize=thread: before every load and store a hook that
// names the address. Here they lead to the simulator's checks instead of ThreadSanitizer's.
#include <cstddef>
#include <cstdint>

#include "kernels/sim/access.h"

namespace {

using backlight::sim::AccessKind;

// Host code of a kernel file is compiled with the hooks too, and so may be functions that the
// simulator calls: outside of kernels, and inside of the simulator, they do nothing.
template <AccessKind kind>
[[gnu::always_inline]] inline void hook(const void* address, std::size_t size,
                                        std::size_t alignment, const void* site) {
  using namespace backlight::sim;
  if (!running || running->call_site) return;
  running->call_site = site;
  check_access<kind>(reinterpret_cast<std::uintptr_t>(address), size, alignment, site);
  running->call_site = nullptr;
}

}  // namespace

#define BACKLIGHT_HOOK(name, kind, size, alignment)                                \
  void name(void* address) {                                                       \
    hook<AccessKind::kind>(address, size, alignment, __builtin_return_address(0)); \
  }
#define BACKLIGHT_HOOKS(size)                                \
  BACKLIGHT_HOOK(__tsan_read##size, read, size, size)        \
  BACKLIGHT_HOOK(__tsan_write##size, write, size, size)      \
  BACKLIGHT_HOOK(__tsan_unaligned_read##size, read, size, 1) \
  BACKLIGHT_HOOK(__tsan_unaligned_write##size, write, size, 1)

// Atomics of host code, such as shared_ptr's counts. Those of kernels are functions of their own.
#define BACKLIGHT_ATOMIC_HOOKS(bits, Type)                                                         \
  Type __tsan_atomic##bits##_load(const volatile Type* a, int) {                                   \
    return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                                   \
  }                                                                                                \
  void __tsan_atomic##bits##_store(volatile Type* a, Type value, int) {                            \
    __atomic_store_n(a, value, __ATOMIC_SEQ_CST);                                                  \
  }                                                                                                \
  Type __tsan_atomic##bits##_exchange(volatile Type* a, Type value, int) {                         \
    return __atomic_exchange_n(a, value, __ATOMIC_SEQ_CST);                                        \
  }                                                                                                \
  Type __tsan_atomic##bits##_fetch_add(volatile Type* a, Type value, int) {                        \
    return __atomic_fetch_add(a, value, __ATOMIC_SEQ_CST);                                         \
  }                                                                                                \
  Type __tsan_atomic##bits##_fetch_sub(volatile Type* a, Type value, int) {                        \
    return __atomic_fetch_sub(a, value, __ATOMIC_SEQ_CST);                                         \
  }                                                                                                \
  bool __tsan_atomic##bits##_compare_exchange_strong(volatile Type* a, Type* expected,             \
                                                     Type desired, int, int) {                     \
    return __atomic_compare_exchange_n(a, expected, desired, false, __ATOMIC_SEQ_CST,              \
                                       __ATOMIC_SEQ_CST);                                          \
  }                                                                                                \
  bool __tsan_atomic##bits##_compare_exchange_weak(volatile Type* a, Type* expected, Type desired, \
                                                   int, int) {                                     \
    return __atomic_compare_exchange_n(a, expected, desired, false, __ATOMIC_SEQ_CST,              \
                                       __ATOMIC_SEQ_CST);                                          \
  }

extern "C" {

BACKLIGHT_HOOKS(1)
BACKLIGHT_HOOKS(2)
BACKLIGHT_HOOKS(4)
BACKLIGHT_HOOKS(8)
BACKLIGHT_HOOKS(16)
BACKLIGHT_ATOMIC_HOOKS(8, std::uint8_t)
BACKLIGHT_ATOMIC_HOOKS(32, std::uint32_t)
BACKLIGHT_ATOMIC_HOOKS(64, std::uint64_t)

// Copies that the compiler makes piece by piece, such as of a struct.
void __tsan_read_range(void* address, std::size_t size) {
  hook<AccessKind::read>(address, size, 1, __builtin_return_address(0));
}
void __tsan_write_range(void* address, std::size_t size) {
  hook<AccessKind::write>(address, size, 1, __builtin_return_address(0));
}
void __tsan_atomic_thread_fence(int) {}
void __tsan_atomic_signal_fence(int) {}
void __tsan_vptr_read(void*) {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}

}  // extern "C"
