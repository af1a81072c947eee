// Data races: two accesses to the same bytes, at least one of them a write that is not atomic, that
// no synchronisation orders. Each word of memory remembers who touched it.
#include <algorithm>
#include <bit>

#include "kernels/sim/memory.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

// Shared memory: the last write, beside it one to other bytes of the word that the last is not
// ordered after (neighbouring elements of 1 or 2 bytes), and when the word was last read.
struct SharedWord {
  Access write, other_write;
  Clock last_read = 0;
};

// Who of one warp has read a word: for each of its bytes the lanes that did, since `clock`.
struct Readers {
  Clock clock = 0;
  std::int32_t site = 0;  // of the last
  std::uint32_t lanes[4] = {};
};

// Global memory: the last write and read, and one more access that the last of its kind is not
// ordered after, so that neither neighbours nor a second reader are forgotten at once.
struct GlobalWord {
  Access write, read, other;
  bool other_is_write = false;
};

SharedWord* shared_words = nullptr;
Readers* readers = nullptr;  // a row of kMostWarps for each word of shared memory
GlobalWord* global_words = nullptr;

template <typename T>
T* reserve_array(std::size_t count) {
  return reinterpret_cast<T*>(reserve_memory(count * sizeof(T)));
}

// What a report needs to know of the two accesses.
struct Conflict {
  const Space* space;
  std::size_t word;
  const Access* earlier;
  bool earlier_is_write;
  bool between_blocks;
  AccessKind kind;
  std::int32_t site;
};

std::uint32_t block_at(Clock clock) {
  const auto after =
      std::upper_bound(machine.block_starts.begin(), machine.block_starts.end(), clock,
                       [](Clock c, const auto& start) { return c <= start.first; });
  return std::prev(after)->second;
}

[[noreturn]] void fault_race(const Conflict& c) {
  const std::string now = c.kind == AccessKind::read    ? "read"
                          : c.kind == AccessKind::write ? "write"
                                                        : "atomic operation";
  const std::string before = c.earlier->atomic    ? "atomic operation"
                             : c.earlier_is_write ? "write"
                                                  : "read";
  const std::size_t offset = c.word * 4;
  const bool is_shared = c.space == &shared_space;
  const std::string who = c.earlier->thread >= kCopyEngine
                              ? "the copy engine"
                              : describe_thread(c.earlier->thread, block_at(c.earlier->clock));
  const std::string remedy = c.between_blocks ? "nothing orders two blocks of one launch"
                                              : "no barrier or other synchronisation orders them";
  fault_at(
      restore(c.site),
      str("data race", c.between_blocks ? " between blocks" : "", " in ", c.space->name, ": a ",
          now, " of bytes whose ", before, " by another thread may come before or after; ", remedy),
      {str("the other: ", before, " by ", who, " at ", describe_site(restore(c.earlier->site))),
       str("memory: ", is_shared ? describe_shared(offset) : describe_global(offset))});
}

template <AccessKind kind>
Access make_access(const Thread& t, std::uint8_t bytes, std::int32_t site) {
  return {t.clock, site, static_cast<std::uint16_t>(t.rank), bytes, kind == AccessKind::atomic};
}

// Whether the running block's `earlier` and an access of thread t to these bytes are unordered.
template <AccessKind kind>
bool conflicts(const Thread& t, const Access& earlier, std::uint8_t bytes) {
  if (earlier.clock <= machine.block_floor || !(earlier.bytes & bytes)) return false;
  if (kind == AccessKind::atomic && earlier.atomic) return false;
  return !is_known(t, earlier);
}

// A write to a word that some threads have read: faults unless it is ordered after all of them.
template <AccessKind kind>
void check_readers(const Thread& t, std::size_t word, std::uint8_t bytes, std::int32_t site) {
  for (std::uint32_t w = 0; w < machine.warp_count; ++w) {
    const Readers& r = readers[word * kMostWarps + w];
    if (r.clock <= machine.block_floor) continue;
    std::uint32_t lanes = 0;
    for (int byte = 0; byte < 4; ++byte)
      if (bytes >> byte & 1) lanes |= r.lanes[byte];
    for (; lanes; lanes &= lanes - 1) {
      const std::uint32_t rank =
          w * kWarpSize + static_cast<std::uint32_t>(std::countr_zero(lanes));
      const Access read{r.clock, r.site, static_cast<std::uint16_t>(rank), bytes, false};
      if (!is_known(t, read)) fault_race({&shared_space, word, &read, false, false, kind, site});
    }
  }
}

void record_reader(const Thread& t, std::size_t word, std::uint8_t bytes, std::int32_t site) {
  Readers& r = readers[word * kMostWarps + t.warp->rank];
  // Reads that this one is ordered after need no record of their own: a write ordered after this
  // one is ordered after them. Of reads at several clocks the earliest is kept for all, which can
  // miss a race but never invents one.
  if (r.clock <= std::max(machine.block_floor, t.warp->floor)) r = {t.clock, site, {}};
  r.clock = std::min(r.clock, t.clock);
  r.site = site;
  for (int byte = 0; byte < 4; ++byte)
    if (bytes >> byte & 1) r.lanes[byte] |= 1u << t.lane;
}

}  // namespace

template <AccessKind kind>
void race_check_shared(const Thread& t, std::size_t word, std::uint8_t bytes, std::int32_t site) {
  SharedWord& s = shared_words[word];
  for (const Access* write : {&s.write, &s.other_write})
    if (conflicts<kind>(t, *write, bytes))
      fault_race({&shared_space, word, write, true, false, kind, site});
  if (kind == AccessKind::read) {
    record_reader(t, word, bytes, site);
    s.last_read = std::max(s.last_read, t.clock);
    return;
  }
  if (s.last_read > machine.block_floor) check_readers<kind>(t, word, bytes, site);
  // A write of the whole word stands for all that came before it.
  if (bytes == 0xf) s.last_read = 0;
  if (s.write.clock > machine.block_floor && (s.write.bytes & ~bytes) && s.write.thread != t.rank)
    s.other_write = s.write;
  s.write = make_access<kind>(t, bytes, site);
}

template <AccessKind kind>
void race_check_global(const Thread& t, std::size_t word, std::uint8_t bytes, std::int32_t site) {
  GlobalWord& g = global_words[word];
  // Accesses of this launch by other blocks are ordered with nothing.
  const auto is_elsewhere = [](const Access& a) {
    return a.clock > machine.launch_floor && a.clock <= machine.block_start;
  };
  const auto check = [&](const Access& earlier, bool is_write) {
    if (earlier.clock <= machine.launch_floor) return;
    const bool elsewhere = is_elsewhere(earlier);
    const bool both_atomic = kind == AccessKind::atomic && earlier.atomic;
    if (elsewhere ? (earlier.bytes & bytes) && !both_atomic : conflicts<kind>(t, earlier, bytes))
      fault_race({&global_space, word, &earlier, is_write, elsewhere, kind, site});
  };
  check(g.write, true);
  if (kind != AccessKind::read) check(g.read, false);
  if (kind != AccessKind::read || g.other_is_write) check(g.other, g.other_is_write);
  Access& last = kind == AccessKind::read ? g.read : g.write;
  const bool is_live =
      is_elsewhere(last) || (last.clock > machine.block_floor && !is_known(t, last));
  // Another block's access stays of interest for the whole launch.
  if (is_live && !(is_elsewhere(g.other) && !is_elsewhere(last))) {
    g.other = last;
    g.other_is_write = kind != AccessKind::read;
  }
  last = make_access<kind>(t, bytes, site);
}

template void race_check_shared<AccessKind::read>(const Thread&, std::size_t, std::uint8_t,
                                                  std::int32_t);
template void race_check_shared<AccessKind::write>(const Thread&, std::size_t, std::uint8_t,
                                                   std::int32_t);
template void race_check_shared<AccessKind::atomic>(const Thread&, std::size_t, std::uint8_t,
                                                    std::int32_t);
template void race_check_global<AccessKind::read>(const Thread&, std::size_t, std::uint8_t,
                                                  std::int32_t);
template void race_check_global<AccessKind::write>(const Thread&, std::size_t, std::uint8_t,
                                                   std::int32_t);
template void race_check_global<AccessKind::atomic>(const Thread&, std::size_t, std::uint8_t,
                                                    std::int32_t);

void record_copy(std::uintptr_t address, std::size_t bytes, std::uint32_t thread, Clock clock,
                 const void* site) {
  const bool is_shared = shared_space.holds(address);
  const Space& space = is_shared ? shared_space : global_space;
  for_words(address - space.base, bytes, [&](std::size_t word, std::uint8_t mask) {
    const Access write{clock, compress(site), static_cast<std::uint16_t>(thread), mask, false};
    if (is_shared)
      shared_words[word].write = write;
    else
      global_words[word].write = write;
  });
}

void begin_clock() {
  if (!shared_words) {
    shared_words = reserve_array<SharedWord>(kSharedSpace / 4);
    readers = reserve_array<Readers>(kSharedSpace / 4 * kMostWarps);
    global_words = reserve_array<GlobalWord>(kGlobalSpace / 4);
  }
  // The clock has room for the synchronisations of any launch that ends within a day.
  if (machine.clock > 0x7fffffff) {
    discard_memory(shared_words, kSharedSpace / 4 * sizeof(SharedWord));
    discard_memory(readers, kSharedSpace / 4 * kMostWarps * sizeof(Readers));
    discard_memory(global_words, kGlobalSpace / 4 * sizeof(GlobalWord));
    machine.clock = 0;
  }
  machine.launch_floor = ++machine.clock;
  machine.block_starts.clear();
}

void discard_races(std::size_t offset, std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  const auto low = reinterpret_cast<std::uintptr_t>(global_words + offset / 4);
  const auto high = reinterpret_cast<std::uintptr_t>(global_words + (offset + bytes) / 4);
  const std::uintptr_t first = (low + kPage - 1) / kPage * kPage, last = high / kPage * kPage;
  if (global_words && first < last) discard_memory(reinterpret_cast<void*>(first), last - first);
}

}  // namespace backlight::sim
