// All checks of one load, store or atomic operation. The way of an access that is in order is here,
// to be compiled into the hooks; what is said of the others is in access.cpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/sim/counting.h"
#include "kernels/sim/machine.h"
#include "kernels/sim/memory.h"
#include "kernels/sim/races.h"
#include "kernels/sim/report.h"

namespace backlight::sim {

// What is wrong with an access: its address is not a multiple of its size; the state of some of
// its bytes is not as it should be; it goes to memory of the host (which for constants is right).
[[noreturn]] void fault_alignment(AccessKind kind, const Space& space, std::size_t offset,
                                  std::size_t size, const void* site);
[[noreturn]] void fault_state(AccessKind kind, const Space& space, std::size_t offset,
                              std::size_t size, const void* site);
void check_host_access(AccessKind kind, std::uintptr_t address, std::size_t size, const void* site);

template <AccessKind kind, bool is_shared>
[[gnu::always_inline]] inline void check_in(Space& space, std::size_t offset, std::size_t size,
                                            std::size_t alignment, const void* site) {
  if (offset % alignment) fault_alignment(kind, space, offset, size, site);
  if (kind != AccessKind::read && async_reads) check_async_reads(space.base + offset, size, site);
  Touch touch{*running, 0, 0, kind, compress(site)};
  const auto one_word = [&](std::size_t word, std::uint8_t bytes) {
    std::uint8_t& state = space.state[word];
    const auto need =
        static_cast<std::uint8_t>(kind == AccessKind::write ? bytes : bytes | bytes << 4);
    if ((state & need) != need) fault_state(kind, space, offset, size, site);
    if (kind == AccessKind::write) state |= static_cast<std::uint8_t>(bytes << 4);
    touch.word = word;
    touch.bytes = bytes;
    is_shared ? touch_shared(touch) : touch_global(touch);
  };
  if (size == 4)
    one_word(offset / 4, 0xf);
  else
    for_words(offset, size, one_word);
  if (is_counting) count_access(kind, is_shared, offset, size, site);
}

// What a load or store of this size must be aligned to. Other sizes are several instructions.
constexpr std::size_t natural_alignment(std::size_t size) {
  return size <= 16 && std::has_single_bit(size) ? size : 1;
}

// The access of the running thread to [address, address + size), by an instruction at `site`.
template <AccessKind kind>
[[gnu::always_inline]] inline void check_access(std::uintptr_t address, std::size_t size,
                                                std::size_t alignment, const void* site) {
  if (address - running->stack_low < kStackBytes) return;  // its own stack
  // An access that begins in a space also ends in it: the last bytes of each are never handed out.
  if (shared_space.holds(address))
    check_in<kind, true>(shared_space, address - shared_space.base, size, alignment, site);
  else if (global_space.holds(address))
    check_in<kind, false>(global_space, address - global_space.base, size, alignment, site);
  else
    check_host_access(kind, address, size, site);
}

}  // namespace backlight::sim
