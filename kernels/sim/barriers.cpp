#include "kernels/sim/barriers.h"

#include <bit>
#include <cstring>

#include "kernels/sim/counting.h"
#include "kernels/sim/machine.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

// --- What can go wrong. Out of the way, so that the frames of waiting threads stay small. ---

std::string lanes_text(std::uint32_t mask) {
  std::vector<std::uint32_t> lanes;
  for (; mask; mask &= mask - 1)
    lanes.push_back(static_cast<std::uint32_t>(std::countr_zero(mask)));
  return ranks_text(lanes);
}

std::string hex(std::uint32_t mask) {
  std::ostringstream out;
  out << "0x" << std::hex << mask;
  return out.str();
}

std::string other_thread(std::uint32_t rank, const void* site) {
  return str("the other: ", describe_thread(rank), " at ", describe_site(site));
}

[[noreturn, gnu::noinline]] void fault_after_exit(const void* site, const char* what,
                                                  std::uint32_t waiting) {
  fault_at(site,
           str("barrier after exit: ", what, " can never complete, since ",
               machine.exited_count + (running->exited ? 1 : 0), " of the block's ",
               machine.thread_count, " threads have exited without coming to it"),
           {str("waiting there: ", describe_thread(waiting))});
}

// A thread that is not the first at the barrier, and comes from elsewhere: one call in the source
// may have become two in the program.
[[gnu::noinline]] void check_same_barrier(const char* what, const void* site) {
  const Barrier& barrier = machine.barrier;
  if (describe_site(site) == describe_site(barrier.site)) return;
  fault_at(site,
           str("divergent barrier: the threads of a block came to different ones, ", what,
               " here and ", barrier.what, " elsewhere"),
           {other_thread(barrier.first, barrier.site)});
}

[[noreturn, gnu::noinline]] void fault_mask(const Thread& self, std::uint32_t mask,
                                            const void* site, const char* what) {
  const std::uint32_t exited = mask & self.warp->exited;
  const std::string start = str("wrong mask: ", what, " with the mask ", hex(mask));
  if (!(mask >> self.lane & 1))
    fault_at(site, str(start, ", which does not hold the lane that calls, ", self.lane));
  fault_at(site, str(start, ", which names lanes that have exited: ", lanes_text(exited)));
}

[[noreturn, gnu::noinline]] void fault_different(const Warp& warp, const Collective& c,
                                                 std::uint32_t mask, const void* site,
                                                 const char* what) {
  const Thread& other = warp.lanes[std::countr_zero(c.arrived)];
  fault_at(site,
           str(c.mask == mask ? "different instructions" : "wrong mask",
               ": lanes of one warp came to ", what, " with ", hex(mask), " here, while lanes ",
               lanes_text(c.arrived), " wait in ", c.what, " with ", hex(c.mask)),
           {other_thread(other.rank, other.wait.site)});
}

// --- Barriers of the block ---

// The last thread has come.
[[gnu::noinline]] void complete_barrier() {
  const Clock clock = join_block();
  end_of_phase(nullptr);
  const int votes = machine.barrier.votes;
  machine.barrier = {};
  count(Instruction::block_barrier, machine.warp_count);
  for (std::uint32_t rank = 0; rank < machine.thread_count; ++rank) {
    Thread& t = machine.threads[rank];
    t.clock = clock;
    t.knows_more = false;
    t.vote = votes;
    make_runnable(t);
  }
}

// The collective that the lanes of this mask are gathering for, a new one if this is the first.
Collective& find_collective(Warp& warp, std::uint32_t mask, const void* site, const char* what) {
  for (Collective& c : warp.pending) {
    if (c.mask == mask) return c;
    if (c.mask & mask) fault_different(warp, c, mask, site, what);
  }
  Collective& fresh = warp.pending.emplace_back();
  fresh.mask = mask;
  return fresh;
}

}  // namespace

int block_barrier(const char* what, bool predicate) {
  const Inside here(__builtin_return_address(0));
  const void* site = here.site();
  Barrier& barrier = machine.barrier;
  if (barrier.arrived++ == 0) {
    barrier.what = what;
    barrier.site = site;
    barrier.first = running->rank;
  } else if (site != barrier.site) {
    check_same_barrier(what, site);
  }
  if (machine.exited_count) fault_after_exit(site, what, running->rank);
  barrier.votes += predicate;
  if (barrier.arrived == machine.thread_count) complete_barrier();
  block_running(what, site);
  return running->vote;
}

void collective(std::uint32_t mask, const char* what, void* lane_arguments,
                void (*execute)(void* const (&lanes)[kWarpSize], std::uint32_t mask)) {
  Thread& self = *running;
  Warp& warp = *self.warp;
  const Inside here(__builtin_return_address(0));
  const void* site = here.site();
  mask &= warp.existing;
  if (!(mask >> self.lane & 1) || mask & warp.exited) fault_mask(self, mask, site, what);
  Collective& c = find_collective(warp, mask, site, what);
  if (c.arrived == 0) {
    c.what = what;
    c.execute = execute;
  } else if (c.execute != execute || (c.what != what && std::strcmp(c.what, what) != 0)) {
    fault_different(warp, c, mask, site, what);
  }
  c.arrived |= 1u << self.lane;
  c.arguments[self.lane] = lane_arguments;
  self.wait.site = site;
  if (c.arrived != mask) return block_running(what, site);
  join_lanes(warp, mask);
  if (mask == warp.existing) end_of_phase(&warp);
  execute(c.arguments, mask);
  warp.pending.erase(warp.pending.begin() + (&c - warp.pending.data()));
  for (std::uint32_t left = mask; left; left &= left - 1)
    make_runnable(warp.lanes[std::countr_zero(left)]);
  block_running(nullptr, nullptr);
}

void thread_exits(Thread& self) {
  self.exited = true;
  Warp& warp = *self.warp;
  warp.exited |= 1u << self.lane;
  if (machine.barrier.arrived)
    fault_after_exit(machine.barrier.site, machine.barrier.what, machine.barrier.first);
  for (const Collective& c : warp.pending)
    if (c.mask >> self.lane & 1) {
      const Thread& first = warp.lanes[std::countr_zero(c.arrived)];
      fault_at(first.wait.site,
               str("lane never arrives: ", c.what, " can never complete, since lane ", self.lane,
                   " of its mask ", hex(c.mask), " has exited, while lanes ", lanes_text(c.arrived),
                   " wait"),
               {str("waiting there: ", describe_thread(first.rank))});
    }
}

// --- The warp-wide instructions of the language ---

namespace {

struct ShuffleLane {
  Shuffle kind;
  std::uint32_t value, operand, width, result;
};

// The lane that `lane` reads from; itself where the source would leave its segment.
std::uint32_t source_of(const ShuffleLane& s, std::uint32_t lane) {
  const std::uint32_t first = lane / s.width * s.width, last = first + s.width - 1;
  switch (s.kind) {
    case Shuffle::index: return first + s.operand % s.width;
    case Shuffle::up: return lane < first + s.operand ? lane : lane - s.operand;
    case Shuffle::down: return lane + s.operand > last ? lane : lane + s.operand;
    case Shuffle::exclusive_or: return (lane ^ s.operand) > last ? lane : lane ^ s.operand;
  }
  return lane;
}

void execute_shuffle(void* const (&lanes)[kWarpSize], std::uint32_t mask) {
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane) {
    if (!lanes[lane]) continue;
    auto& s = *static_cast<ShuffleLane*>(lanes[lane]);
    const std::uint32_t source = source_of(s, lane);
    if (!lanes[source]) {
      const ActingLane acting(lane);
      fault(str("a shuffle reads lane ", source, ", which is not in the mask ", hex(mask)));
    }
    s.result = static_cast<ShuffleLane*>(lanes[source])->value;
  }
  count(Instruction::shuffle);
}

struct VoteLane {
  std::uint64_t value;
  std::uint32_t result;
};

void execute_ballot(void* const (&lanes)[kWarpSize], std::uint32_t) {
  std::uint32_t votes = 0;
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane)
    if (lanes[lane] && static_cast<VoteLane*>(lanes[lane])->value) votes |= 1u << lane;
  for (void* lane : lanes)
    if (lane) static_cast<VoteLane*>(lane)->result = votes;
  count(Instruction::vote);
}

void execute_match(void* const (&lanes)[kWarpSize], std::uint32_t) {
  for (void* mine : lanes) {
    if (!mine) continue;
    auto& vote = *static_cast<VoteLane*>(mine);
    vote.result = 0;
    for (std::uint32_t other = 0; other < kWarpSize; ++other)
      if (lanes[other] && static_cast<VoteLane*>(lanes[other])->value == vote.value)
        vote.result |= 1u << other;
  }
  count(Instruction::vote);
}

void execute_barrier(void* const (&)[kWarpSize], std::uint32_t) {
  count(Instruction::warp_barrier);
}

}  // namespace

void warp_barrier(std::uint32_t mask) {
  const Inside here(__builtin_return_address(0));
  collective(mask, "__syncwarp", running, execute_barrier);
}

std::uint32_t shuffle(Shuffle kind, std::uint32_t mask, std::uint32_t value, std::uint32_t operand,
                      std::uint32_t width) {
  static constexpr const char* kNames[] = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync",
                                           "__shfl_xor_sync"};
  const Inside here(__builtin_return_address(0));
  if (!std::has_single_bit(width) || width > kWarpSize)
    fault(str("a shuffle's width is a power of two up to 32, not ", width));
  ShuffleLane lane{kind, value, operand, width, 0};
  collective(mask, kNames[static_cast<int>(kind)], &lane, execute_shuffle);
  return lane.result;
}

std::uint32_t ballot(std::uint32_t mask, bool predicate) {
  const Inside here(__builtin_return_address(0));
  VoteLane lane{predicate, 0};
  collective(mask, "a warp vote", &lane, execute_ballot);
  return lane.result;
}

std::uint32_t match_any(std::uint32_t mask, std::uint64_t value) {
  const Inside here(__builtin_return_address(0));
  VoteLane lane{value, 0};
  collective(mask, "__match_any_sync", &lane, execute_match);
  return lane.result;
}

std::uint32_t active_mask() { return running->warp->existing & ~running->warp->exited; }

}  // namespace backlight::sim
