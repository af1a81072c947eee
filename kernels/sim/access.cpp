#include "kernels/sim/access.h"

#include <algorithm>

#include "kernels/sim/foreign.h"

namespace backlight::sim {
namespace {

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

std::string bytes_text(std::size_t count) { return str(count, count == 1 ? " byte" : " bytes"); }

}  // namespace

void fault_state(AccessKind kind, const Space& space, std::size_t offset, std::size_t size,
                 const void* site) {
  const auto state = [&](std::size_t at, int shift) {
    return space.state[at / 4] >> (at % 4 + shift) & 1;
  };
  const std::string access = str("a ", name_of(kind), " of ", bytes_text(size), " in ", space.name);
  if (const std::string transfer = transfer_over(space.base + offset, size); !transfer.empty())
    fault_at(site,
             str("used before its wait: ", access, " where ", transfer, " is still under way"),
             {str("memory: ", describe(space, offset))});
  const auto [open, closed_at] =
      examine(offset, size, [&](std::size_t at) { return state(at, 0); });
  if (open < size)
    fault_at(site,
             str("out of bounds: ", access, ", ", size - open,
                 " of them outside of every variable and allocation in use"),
             {str("memory: ", describe(space, closed_at))});
  const auto [written, unwritten_at] =
      examine(offset, size, [&](std::size_t at) { return state(at, 4); });
  fault_at(site, str("unwritten: ", access, ", ", size - written, " of them never written"),
           {str("memory: ", describe(space, unwritten_at))});
}

void fault_alignment(AccessKind kind, const Space& space, std::size_t offset, std::size_t size,
                     const void* site) {
  fault_at(site,
           str("misaligned: a ", name_of(kind), " of ", bytes_text(size), " in ", space.name,
               " at an address that is ", offset % size, " beyond a multiple of ", size),
           {str("memory: ", describe(space, offset))});
}

void check_host_access(AccessKind kind, std::uintptr_t address, std::size_t size,
                       const void* site) {
  const bool is_write = kind != AccessKind::read;
  const auto arguments = reinterpret_cast<std::uintptr_t>(machine.launch->arguments);
  if (!is_write && address - arguments < machine.launch->argument_bytes) return;
  if (const std::string what = what_is_wrong_with(address, size, is_write); !what.empty())
    fault_at(site, str("host memory: a ", name_of(kind), " of ", bytes_text(size), " ", what));
}

namespace {

// An access that a twin makes for the thread that called it.
template <AccessKind kind>
void check_for_twin(const void* pointer, std::size_t size, const void* site) {
  const Inside here(site);
  check_access<kind>(reinterpret_cast<std::uintptr_t>(pointer), size, natural_alignment(size),
                     here.site());
}

}  // namespace

void read_checked(const void* pointer, std::size_t size) {
  check_for_twin<AccessKind::read>(pointer, size, __builtin_return_address(0));
}
void write_checked(void* pointer, std::size_t size) {
  check_for_twin<AccessKind::write>(pointer, size, __builtin_return_address(0));
}
void atomic_checked(void* pointer, std::size_t size) {
  check_for_twin<AccessKind::atomic>(pointer, size, __builtin_return_address(0));
}

}  // namespace backlight::sim
