#include "kernels/sim/happens_before.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "kernels/sim/machine.h"

namespace backlight::sim {
namespace {

// What release() published through each object. That of earlier blocks is worthless by its clocks.
Knowledge& published(const void* object) {
  static std::unordered_map<const void*, Knowledge> objects;
  return objects[object];
}

// Adds to `to` all that thread t knows, itself included.
void tell(const Thread& t, Knowledge& to) {
  const Warp& warp = *t.warp;
  to.learn(*warp.known);
  if (t.knows_more) to.learn(*t.known);
  if (warp.floor > machine.block_floor)
    for (std::uint32_t lane = 0; lane < kWarpSize; ++lane)
      to.learn(warp.rank * kWarpSize + lane, warp.floor);
  to.learn(t.rank, t.clock);
}

template <typename F>
void for_lanes(Warp& warp, std::uint32_t mask, F&& f) {
  for (; mask; mask &= mask - 1) f(warp.lanes[std::countr_zero(mask)]);
}

}  // namespace

Clock* Knowledge::row(std::uint32_t row) {
  if (since_ != machine.block_floor) forget();
  since_ = machine.block_floor;
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
  if (other.since_ != machine.block_floor) return;
  for (std::uint64_t rows = other.known_; rows; rows &= rows - 1) {
    const auto r = static_cast<std::uint32_t>(std::countr_zero(rows));
    Clock* mine = row(r);
    for (int i = 0; i < 32; ++i) mine[i] = std::max(mine[i], other.rows_[r][i]);
  }
}

bool is_known(const Thread& t, const Access& access) {
  if (access.thread == t.rank) return true;
  if (access.thread / kWarpSize == t.warp->rank && access.clock <= t.warp->floor) return true;
  return (t.knows_more && t.known->covers(access.thread, access.clock)) ||
         t.warp->known->covers(access.thread, access.clock);
}

void join_lanes(Warp& warp, std::uint32_t mask) {
  if (mask == warp.existing) {
    // What the lanes did is now below the floor, and what each knew of other warps all know.
    for_lanes(warp, mask, [&](Thread& t) {
      if (t.knows_more) warp.known->learn(*t.known);
      t.knows_more = false;
    });
    warp.floor = machine.clock++;
    for_lanes(warp, mask, [](Thread& t) { t.clock = machine.clock; });
    return;
  }
  static Knowledge joined;
  joined.forget();
  for_lanes(warp, mask, [](Thread& t) {
    if (t.knows_more) joined.learn(*t.known);
    joined.learn(t.rank, t.clock);
  });
  ++machine.clock;
  for_lanes(warp, mask, [](Thread& t) {
    t.learn(joined);
    t.clock = machine.clock;
  });
}

Clock join_block() {
  machine.block_floor = machine.clock++;
  return machine.clock;
}

void release(const void* object) {
  const Inside here(__builtin_return_address(0));
  tell(*running, published(object));
  running->clock = ++machine.clock;
}

void publish(const void* object, std::uint32_t thread, Clock clock) {
  published(object).learn(thread, clock);
}

void acquire(const void* object) {
  const Inside here(__builtin_return_address(0));
  running->learn(published(object));
}

}  // namespace backlight::sim
