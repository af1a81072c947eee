#include "kernels/sim/races.h"

#include <bit>

#include "kernels/sim/report.h"

namespace backlight::sim {

SharedWord* shared_words = nullptr;
Readers* shared_readers = nullptr;
GlobalWord* global_words = nullptr;

namespace {

template <typename T>
T* reserve_array(std::size_t count) {
  return reinterpret_cast<T*>(reserve_memory(count * sizeof(T)));
}

// The block that ran at this clock of the launch.
std::uint32_t block_at(Clock clock) {
  const auto after =
      std::upper_bound(machine.block_starts.begin(), machine.block_starts.end(), clock,
                       [](Clock c, const auto& start) { return c <= start.first; });
  return std::prev(after)->second;
}

}  // namespace

void fault_race(const Touch& touch, const Space& space, const Access& earlier,
                bool earlier_is_write, bool between_blocks) {
  const std::string before = name_of(earlier.atomic     ? AccessKind::atomic
                                     : earlier_is_write ? AccessKind::write
                                                        : AccessKind::read);
  const std::size_t offset = touch.word * 4;
  const std::string who = earlier.thread >= kCopyEngine
                              ? "the copy engine"
                              : describe_thread(earlier.thread, block_at(earlier.clock));
  fault_at(restore(touch.site),
           str("data race", between_blocks ? " between blocks" : "", " in ", space.name, ": a ",
               name_of(touch.kind), " and a ", before, " of the same bytes by ",
               between_blocks ? "two blocks; nothing orders the blocks of a launch"
                              : "two threads; no barrier or other synchronisation orders them"),
           {str("the other: ", before, " by ", who, " at ", describe_site(restore(earlier.site))),
            str("memory: ",
                &space == &shared_space ? describe_shared(offset) : describe_global(offset))});
}

void check_readers(const Touch& touch) {
  for (std::uint32_t w = 0; w < machine.warp_count; ++w) {
    const Readers& r = shared_readers[touch.word * kMostWarps + w];
    if (r.clock <= machine.block_floor) continue;
    std::uint32_t lanes = 0;
    for (int byte = 0; byte < 4; ++byte)
      if (touch.bytes >> byte & 1) lanes |= r.lanes[byte];
    for (; lanes; lanes &= lanes - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(lanes));
      const Access read{r.clock, r.site, static_cast<std::uint16_t>(w * kWarpSize + lane),
                        touch.bytes, false};
      if (!is_known(touch.thread, read)) fault_race(touch, shared_space, read, false, false);
    }
  }
}

void touch_global(const Touch& touch) {
  GlobalWord& g = global_words[touch.word];
  const bool is_read = touch.kind == AccessKind::read;
  // Accesses of this launch by other blocks are ordered with nothing.
  const auto is_elsewhere = [](const Access& a) {
    return a.clock > machine.launch_floor && a.clock <= machine.block_start;
  };
  const auto check = [&](const Access& earlier, bool is_write) {
    const bool both_atomic = touch.kind == AccessKind::atomic && earlier.atomic;
    if (!is_elsewhere(earlier)) {
      if (conflicts(touch, earlier)) fault_race(touch, global_space, earlier, is_write, false);
    } else if ((earlier.bytes & touch.bytes) && !both_atomic) {
      fault_race(touch, global_space, earlier, is_write, true);
    }
  };
  check(g.write, true);
  if (!is_read) check(g.read, false);
  if (!is_read || g.other_is_write) check(g.other, g.other_is_write);
  Access& last = is_read ? g.read : g.write;
  const bool is_live =
      is_elsewhere(last) || (last.clock > machine.block_floor && !is_known(touch.thread, last));
  // Another block's access stays of interest for the whole launch.
  if (is_live && (is_elsewhere(last) || !is_elsewhere(g.other))) {
    g.other = last;
    g.other_is_write = !is_read;
  }
  last = touch.record();
}

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
    shared_readers = reserve_array<Readers>(kSharedSpace / 4 * kMostWarps);
    global_words = reserve_array<GlobalWord>(kGlobalSpace / 4);
  }
  // What is left must do for one launch: two thousand million synchronisations.
  if (machine.clock > 0x7fffffff) {
    discard_memory(shared_words, kSharedSpace / 4 * sizeof(SharedWord));
    discard_memory(shared_readers, kSharedSpace / 4 * kMostWarps * sizeof(Readers));
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
