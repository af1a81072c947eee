// Data races: two accesses to the same bytes, at least one of them a write that is not atomic, that
// no synchronisation orders. Each word of four bytes remembers who touched it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/sim/machine.h"
#include "kernels/sim/memory.h"

namespace backlight::sim {

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

extern SharedWord* shared_words;
extern Readers* shared_readers;  // a row of kMostWarps for each word
extern GlobalWord* global_words;

// An access of thread t to bytes of a word, and how it is told of in a report.
struct Touch {
  const Thread& thread;
  std::size_t word;
  std::uint8_t bytes;
  AccessKind kind;
  std::int32_t site;

  Access record() const {
    return {thread.clock, site, static_cast<std::uint16_t>(thread.rank), bytes,
            kind == AccessKind::atomic};
  }
};

[[noreturn]] void fault_race(const Touch& touch, const Space& space, const Access& earlier,
                             bool earlier_is_write, bool between_blocks);

// Whether `earlier`, by the running block, conflicts with a touch of these bytes.
inline bool conflicts(const Touch& touch, const Access& earlier) {
  return earlier.clock > machine.block_floor && (earlier.bytes & touch.bytes) &&
         !(touch.kind == AccessKind::atomic && earlier.atomic) && !is_known(touch.thread, earlier);
}

// A write to a word that threads have read since the last barrier: faults unless it is ordered
// after all of them.
void check_readers(const Touch& touch);

// Reads that this one is ordered after need no record of their own: a write ordered after this one
// is ordered after them. Of reads at several clocks the earliest stands for all, which can miss a
// race but never invents one.
inline void record_reader(const Touch& touch) {
  const Thread& t = touch.thread;
  Readers& r = shared_readers[touch.word * kMostWarps + t.warp->rank];
  if (r.clock <= std::max(machine.block_floor, t.warp->floor)) {
    r = {};
    r.clock = t.clock;
  }
  r.clock = std::min(r.clock, t.clock);
  r.site = touch.site;
  for (int byte = 0; byte < 4; ++byte)
    r.lanes[byte] |= static_cast<std::uint32_t>(touch.bytes >> byte & 1) << t.lane;
}

// Faults if an access conflicts with an earlier one, and remembers it.
[[gnu::always_inline]] inline void touch_shared(const Touch& touch) {
  SharedWord& s = shared_words[touch.word];
  if (conflicts(touch, s.write)) fault_race(touch, shared_space, s.write, true, false);
  if (conflicts(touch, s.other_write)) fault_race(touch, shared_space, s.other_write, true, false);
  if (touch.kind == AccessKind::read) {
    record_reader(touch);
    s.last_read = std::max(s.last_read, touch.thread.clock);
    return;
  }
  if (s.last_read > machine.block_floor) check_readers(touch);
  // A write of the whole word stands for all that came before it.
  if (touch.bytes == 0xf) s.last_read = 0;
  if (s.write.clock > machine.block_floor && (s.write.bytes & ~touch.bytes) &&
      s.write.thread != touch.thread.rank)
    s.other_write = s.write;
  s.write = touch.record();
}

void touch_global(const Touch& touch);

// Records a write by the copy engine, or one that takes effect only now.
void record_copy(std::uintptr_t address, std::size_t bytes, std::uint32_t thread, Clock clock,
                 const void* site);

// A launch begins: accesses of earlier launches are ordered before it.
void begin_clock();
// Nobody uses these pages of global memory any more.
void discard_races(std::size_t offset, std::size_t bytes);

}  // namespace backlight::sim
