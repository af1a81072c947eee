#include "kernels/sim/happens_before.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "kernels/sim/machine.h"

namespace backlight::sim {
namespace {

// What release() published through each object. Entries of earlier blocks are told by their clock.
struct Published {
  Clock block_start = 0;
  Knowledge known;
};
std::unordered_map<const void*, Published>& objects() {
  static auto* map = new std::unordered_map<const void*, Published>();
  return *map;
}

Published& published(const void* object) {
  Published& entry = objects()[object];
  if (entry.block_start != machine.block_start) {
    entry.known.forget();
    entry.block_start = machine.block_start;
  }
  return entry;
}

// Adds to `to` all that thread t knows, itself included.
void tell(const Thread& t, Knowledge& to) {
  const Warp& warp = *t.warp;
  to.learn(warp.known);
  to.learn(t.known);
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane)
    if (warp.floor > machine.block_floor) to.learn(warp.rank * kWarpSize + lane, warp.floor);
  to.learn(t.rank, t.clock);
}

template <typename F>
void for_lanes(Warp& warp, std::uint32_t mask, F&& f) {
  for (; mask; mask &= mask - 1) f(warp.lanes[std::countr_zero(mask)]);
}

}  // namespace

Clock* Knowledge::row(std::uint32_t row) {
  const std::uint64_t bit = std::uint64_t{1} << row;
  if (!(known_ & bit)) std::fill_n(rows_[row], 32, Clock{0});
  known_ |= bit;
  return rows_[row];
}

void Knowledge::learn(std::uint32_t thread, Clock clock) {
  Clock& known = row(thread / 32)[thread % 32];
  known = std::max(known, clock);
}

void Knowledge::learn(const Knowledge& other) {
  for (std::uint64_t rows = other.known_; rows; rows &= rows - 1) {
    const auto r = static_cast<std::uint32_t>(std::countr_zero(rows));
    Clock* mine = row(r);
    for (int i = 0; i < 32; ++i) mine[i] = std::max(mine[i], other.rows_[r][i]);
  }
}

bool is_known(const Thread& t, const Access& access) {
  if (access.thread == t.rank) return true;
  if (access.thread / kWarpSize == t.warp->rank && access.clock <= t.warp->floor) return true;
  return t.known.covers(access.thread, access.clock) ||
         t.warp->known.covers(access.thread, access.clock);
}

void join_lanes(Warp& warp, std::uint32_t mask) {
  Knowledge& all = warp.known;
  if (mask == warp.existing) {
    // What the lanes know of one another is now below the floor.
    for_lanes(warp, mask, [&](Thread& t) {
      t.known.forget_row(warp.rank);
      all.learn(t.known);
      t.known.forget();
    });
    warp.floor = machine.clock++;
    for_lanes(warp, mask, [](Thread& t) { t.clock = machine.clock; });
    return;
  }
  static Knowledge joined;
  joined.forget();
  for_lanes(warp, mask, [](Thread& t) {
    joined.learn(t.known);
    joined.learn(t.rank, t.clock);
  });
  ++machine.clock;
  for_lanes(warp, mask, [](Thread& t) {
    t.known.learn(joined);
    t.clock = machine.clock;
  });
}

void join_block() {
  machine.block_floor = machine.clock++;
  for (std::uint32_t rank = 0; rank < machine.thread_count; ++rank) {
    machine.threads[rank].known.forget();
    machine.threads[rank].clock = machine.clock;
  }
  for (std::uint32_t rank = 0; rank < machine.warp_count; ++rank)
    machine.warps[rank].known.forget();
}

void release(const void* object) {
  tell(*running, published(object).known);
  running->clock = ++machine.clock;
}

void publish(const void* object, std::uint32_t thread, Clock clock) {
  published(object).known.learn(thread, clock);
}

void acquire(const void* object) { running->known.learn(published(object).known); }

}  // namespace backlight::sim
