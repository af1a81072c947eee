#include "kernels/sim/global_memory.h"

#include <algorithm>
#include <map>

#include "kernels/sim/memory.h"
#include "kernels/sim/races.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRedZone = kPage;  // at least, between two allocations

struct Allocation {
  std::size_t bytes = 0;   // allocated
  std::size_t handed = 0;  // of them valid
  bool is_live = false;    // else kept for reports, until its place is taken
};

// By offset. Freed addresses are taken again only when the whole space has been used, so that
// whoever still holds a pointer to them is found out.
std::map<std::size_t, Allocation> allocations;
std::size_t cursor = kPage;
std::size_t limit = kDefaultMemoryLimit, live_bytes = 0;

std::size_t in_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
std::size_t end_of(const std::pair<const std::size_t, Allocation>& entry) {
  return entry.first + in_pages(entry.second.bytes) + kRedZone;
}

void map_global_space() {
  if (global_space.base) return;
  global_space.bytes = kGlobalSpace;
  global_space.base = reinterpret_cast<std::uintptr_t>(reserve_memory(kGlobalSpace));
  global_space.state = reinterpret_cast<std::uint8_t*>(reserve_memory(kGlobalSpace / 4));
}

// The first place at or after `from` where no live allocation is in the way; 0 if there is none.
std::size_t find_place(std::size_t from, std::size_t bytes) {
  auto next = allocations.lower_bound(from);
  if (next != allocations.begin() && std::prev(next)->second.is_live)
    from = std::max(from, end_of(*std::prev(next)));
  for (; next != allocations.end() && next->first < from + bytes; ++next)
    if (next->second.is_live) from = end_of(*next);
  return from + bytes + kPage <= kGlobalSpace ? from : 0;
}

std::pair<const std::size_t, Allocation>& find_live(const std::byte* pointer) {
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(pointer) - global_space.base;
  const auto found = allocations.find(offset);
  require(found != allocations.end() && found->second.is_live,
          "the simulator has no allocation that begins at ", static_cast<const void*>(pointer));
  return *found;
}

}  // namespace

std::byte* allocate(std::size_t bytes) {
  map_global_space();
  if (bytes > limit - std::min(limit, live_bytes)) return nullptr;
  const std::size_t room = in_pages(bytes) + kRedZone;
  std::size_t offset = find_place(cursor, room);
  if (!offset) offset = find_place(kPage, room);
  if (!offset) return nullptr;
  for (auto old = allocations.lower_bound(offset);
       old != allocations.end() && old->first < offset + room;)
    old = allocations.erase(old);
  allocations[offset] = {bytes, bytes, true};
  cursor = offset + room;
  live_bytes += bytes;
  open_unwritten(global_space, offset, bytes);
  return global_space.at(offset);
}

void deallocate(std::byte* pointer) {
  auto& [offset, allocation] = find_live(pointer);
  set_state(global_space, offset, allocation.bytes, ByteState::closed);
  discard_memory(pointer, in_pages(allocation.bytes));
  discard_races(offset, in_pages(allocation.bytes));
  allocation.is_live = false;
  live_bytes -= allocation.bytes;
}

void hand_out(std::byte* pointer, std::size_t bytes) {
  auto& [offset, allocation] = find_live(pointer);
  require(bytes <= allocation.bytes, "hand_out: ", bytes, " bytes of an allocation of ",
          allocation.bytes);
  set_state(global_space, offset, allocation.bytes, ByteState::closed);
  open_unwritten(global_space, offset, bytes);
  allocation.handed = bytes;
}

namespace {

// The offset of the first byte whose state lacks one of `need` (a bit for byte 0 of a word in each
// half); the end if there is none.
std::size_t first_without(std::size_t offset, std::size_t bytes, std::uint8_t need) {
  std::size_t found = offset + bytes;
  for_words(offset, bytes, [&](std::size_t word, std::uint8_t mask) {
    const auto wanted = static_cast<std::uint8_t>(mask * need);
    const auto missing = static_cast<std::uint8_t>(wanted & ~global_space.state[word]);
    if (!missing) return;
    for (std::size_t byte = 0; byte < 4; ++byte)
      if ((missing | missing >> 4) >> byte & 1) found = std::min(found, word * 4 + byte);
  });
  return found;
}

std::size_t check_host_range(const std::byte* pointer, std::size_t bytes, const char* verb) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (!global_space.holds(address) || bytes > kGlobalSpace - (address - global_space.base))
    end_launch_with(compose(
        str("the host ", verb, " ", bytes, " bytes that are not in the simulator's global memory"),
        {}));
  const std::size_t offset = address - global_space.base;
  if (const std::size_t at = first_without(offset, bytes, 0x01); at < offset + bytes)
    end_launch_with(compose(str("out of bounds: the host ", verb, " ", bytes,
                                " bytes of global memory that are not all in use"),
                            {str("memory: ", describe_global(at))}));
  return offset;
}

}  // namespace

void mark_written(const std::byte* pointer, std::size_t bytes) {
  const std::size_t offset = check_host_range(pointer, bytes, "writes");
  set_state(global_space, offset, bytes, ByteState::written);
}

void check_host_read(const std::byte* pointer, std::size_t bytes) {
  const std::size_t offset = check_host_range(pointer, bytes, "reads");
  if (const std::size_t at = first_without(offset, bytes, 0x10); at < offset + bytes)
    end_launch_with(compose(str("unwritten: the host reads ", bytes,
                                " bytes of global memory, not all of them ever written"),
                            {str("memory: ", describe_global(at))}));
}

void set_memory_limit(std::size_t bytes) { limit = std::min(bytes, kGlobalSpace); }
std::size_t memory_limit() { return limit; }
std::size_t allocated_bytes() { return live_bytes; }

std::string describe_global(std::size_t offset) {
  auto next = allocations.upper_bound(offset);
  // The one that begins before, unless the next is nearer.
  if (next != allocations.begin()) {
    const auto& [start, before] = *std::prev(next);
    const std::size_t end = start + before.handed;
    const bool next_is_nearer =
        next != allocations.end() && offset >= end && next->first - offset < offset - end;
    if (!next_is_nearer) {
      const std::string name =
          before.is_live && before.handed
              ? str("allocation of ", before.handed, " bytes, ")
              : str("freed memory (an allocation of ", before.bytes, " bytes), ");
      if (!before.is_live || !before.handed) return str(name, "byte ", offset - start);
      return name + (offset < end ? str("byte ", offset - start)
                                  : str(offset - end, " bytes past its end"));
    }
  }
  if (next == allocations.end()) return "no allocation is near";
  return str("allocation of ", next->second.handed, " bytes, ", next->first - offset,
             " bytes before its start");
}

}  // namespace backlight::sim
