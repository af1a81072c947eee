// The checks of an access that need no history: where it goes, its alignment, who wrote the bytes.
#include "kernels/sim/memory.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/sim/counting.h"
#include "kernels/sim/foreign.h"
#include "kernels/sim/report.h"

namespace backlight::sim {

Space shared_space{.name = "shared memory"};
Space global_space{.name = "global memory"};

void set_state(Space& space, std::size_t offset, std::size_t bytes, ByteState state) {
  static constexpr std::uint8_t kNibbles[] = {0x00, 0x01, 0x11};
  const std::uint8_t one_byte = kNibbles[static_cast<int>(state)];
  const auto set = [&](std::size_t word, std::uint8_t mask) {
    std::uint8_t& s = space.state[word];
    s = static_cast<std::uint8_t>((s & ~(mask * 0x11)) | mask * one_byte);
  };
  // Whole words in the middle, and the bytes of the two words at the ends.
  const std::size_t end = offset + bytes, first = (offset + 3) / 4, last = end / 4;
  if (first >= last) return for_words(offset, bytes, set);
  for_words(offset, first * 4 - offset, set);
  std::memset(space.state + first, 0xf * one_byte, last - first);
  for_words(last * 4, end - last * 4, set);
}

void open_unwritten(Space& space, std::size_t offset, std::size_t bytes) {
  std::memset(space.at(offset), 0xff, bytes);
  set_state(space, offset, bytes, ByteState::unwritten);
}

namespace {

const char* verb(AccessKind kind) {
  static constexpr const char* kVerbs[] = {"read", "write", "atomic operation"};
  return kVerbs[static_cast<int>(kind)];
}

std::string describe(const Space& space, std::size_t offset) {
  return &space == &shared_space ? describe_shared(offset) : describe_global(offset);
}

// How many of the bytes satisfy `good`, and the first that does not.
template <typename Good>
std::pair<std::size_t, std::size_t> examine(std::size_t offset, std::size_t size, Good&& good) {
  std::size_t count = 0, first_bad = offset + size;
  for (std::size_t at = offset; at < offset + size; ++at)
    good(at) ? ++count : first_bad = std::min(first_bad, at);
  return {count, first_bad};
}

// An access whose state is not as it should be: says what is wrong with it.
[[noreturn]] void fault_state(AccessKind kind, const Space& space, std::size_t offset,
                              std::size_t size, const void* site) {
  const auto state = [&](std::size_t at, int shift) {
    return space.state[at / 4] >> (at % 4 + shift) & 1;
  };
  const std::string access = str(verb(kind), " of ", size, " bytes");
  if (const std::string transfer = transfer_over(space.base + offset, size); !transfer.empty())
    fault_at(site,
             str("used before its wait: a ", access, " in ", space.name, " where ", transfer,
                 " is still under way"),
             {str("memory: ", describe(space, offset))});
  const auto [open, closed_at] =
      examine(offset, size, [&](std::size_t at) { return state(at, 0); });
  if (open < size)
    fault_at(site,
             str("out of bounds: a ", access, " in ", space.name, ", ", size - open,
                 " of them outside of every variable and allocation that is in use"),
             {str("memory: ", describe(space, closed_at))});
  const auto [written, unwritten_at] =
      examine(offset, size, [&](std::size_t at) { return state(at, 4); });
  fault_at(site,
           str("unwritten: a ", access, " in ", space.name, ", ", size - written,
               " of them never written"),
           {str("memory: ", describe(space, unwritten_at))});
}

[[noreturn]] void fault_alignment(AccessKind kind, const Space& space, std::size_t offset,
                                  std::size_t size, const void* site) {
  fault_at(site,
           str("misaligned: a ", verb(kind), " of ", size, " bytes in ", space.name,
               " at an address that is ", offset % size, " beyond a multiple of ", size),
           {str("memory: ", describe(space, offset))});
}

template <AccessKind kind>
void check_in(Space& space, std::size_t offset, std::size_t size, const void* site) {
  const bool is_shared = &space == &shared_space;
  if (size <= 16 && std::has_single_bit(size) && offset % size)
    fault_alignment(kind, space, offset, size, site);
  if (kind != AccessKind::read && async_reads) check_async_reads(space.base + offset, size, site);
  const std::int32_t pc = compress(site);
  const Thread& self = *running;
  for_words(offset, size, [&](std::size_t word, std::uint8_t bytes) {
    std::uint8_t& state = space.state[word];
    const auto need =
        static_cast<std::uint8_t>(kind == AccessKind::write ? bytes : bytes | bytes << 4);
    if ((state & need) != need) fault_state(kind, space, offset, size, site);
    if (kind == AccessKind::write) state |= static_cast<std::uint8_t>(bytes << 4);
    is_shared ? race_check_shared<kind>(self, word, bytes, pc)
              : race_check_global<kind>(self, word, bytes, pc);
  });
  if (is_counting) count_access(kind, is_shared, offset, size, site);
}

}  // namespace

template <AccessKind kind>
void check_access(std::uintptr_t address, std::size_t size, const void* site) {
  if (address - running->stack_low < kStackBytes) return;
  // An access that begins in a space also ends in it: the end of each is never handed out.
  if (shared_space.holds(address))
    return check_in<kind>(shared_space, address - shared_space.base, size, site);
  if (global_space.holds(address))
    return check_in<kind>(global_space, address - global_space.base, size, site);
  const bool is_write = kind != AccessKind::read;
  const auto arguments = reinterpret_cast<std::uintptr_t>(machine.launch->arguments);
  if (!is_write && address - arguments < machine.launch->argument_bytes) return;
  if (const std::string what = what_is_wrong_with(address, size, is_write); !what.empty())
    fault_at(site, str("host memory: a ", verb(kind), " of ", size, " bytes ", what));
}

template void check_access<AccessKind::read>(std::uintptr_t, std::size_t, const void*);
template void check_access<AccessKind::write>(std::uintptr_t, std::size_t, const void*);
template void check_access<AccessKind::atomic>(std::uintptr_t, std::size_t, const void*);

void read_checked(const void* pointer, std::size_t size) {
  check_access<AccessKind::read>(reinterpret_cast<std::uintptr_t>(pointer), size,
                                 site_or(__builtin_return_address(0)));
}
void write_checked(void* pointer, std::size_t size) {
  check_access<AccessKind::write>(reinterpret_cast<std::uintptr_t>(pointer), size,
                                  site_or(__builtin_return_address(0)));
}
void atomic_checked(void* pointer, std::size_t size) {
  check_access<AccessKind::atomic>(reinterpret_cast<std::uintptr_t>(pointer), size,
                                   site_or(__builtin_return_address(0)));
}

}  // namespace backlight::sim
