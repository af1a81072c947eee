#include "kernels/sim/twins/warp_control.h"

#include <array>
#include <unordered_map>

#include "kernels/sim/twins/whole_warp.h"
#include "tensor/error.h"

namespace backlight::sim {
namespace {

void nothing(void* const (&)[kWarpSize]) {}

struct Elected {
  std::uint32_t lane = random_number() % kWarpSize;
};

constexpr std::uint32_t kRegisters = 65536;  // of a multiprocessor

struct RegisterCounts {
  std::unordered_map<std::uint32_t, std::uint32_t> of_warp;
};

struct Barrier {
  std::uint32_t threads = 0, arrived = 0;
  std::uint64_t round = 0;
  std::uint64_t order[2] = {};  // what happens-before is named by, for even and odd rounds
};

struct Barriers {
  std::array<Barrier, 16> barriers;
};

struct BarrierArguments {
  std::uint32_t id, threads;
  std::uint64_t round;
};

void come_to_barrier(void* const (&lanes)[kWarpSize]) {
  const auto [id, threads, unused] = *static_cast<BarrierArguments*>(lanes[0]);
  Barrier& barrier = block_state<Barriers>().barriers[id];
  if (barrier.arrived == 0) barrier.threads = threads;
  for (std::uint32_t l = 0; l < kWarpSize; ++l) {
    const ActingLane acting(l);
    auto& arguments = *static_cast<BarrierArguments*>(lanes[l]);
    if (arguments.id != id) fault("the lanes of a warp came to different named barriers");
    if (arguments.threads != barrier.threads) {
      fault(str("named barrier ", id, " counts ", barrier.threads, " threads, but this one says ",
                arguments.threads));
    }
    arguments.round = barrier.round;
    release(&barrier.order[barrier.round % 2]);
  }
  barrier.arrived += kWarpSize;
  if (barrier.arrived == barrier.threads) {
    barrier.arrived = 0;
    ++barrier.round;
  }
}

}  // namespace

bool elect_one() {
  const CallSite site(__builtin_return_address(0));
  whole_warp<nothing>("elect.sync", nullptr);
  return lane() == block_state<Elected>().lane;
}

void set_registers(int registers, bool increase) {
  const CallSite site(__builtin_return_address(0));
  whole_warp<nothing>(increase ? "setmaxnreg.inc" : "setmaxnreg.dec", nullptr);
  auto& counts = block_state<RegisterCounts>().of_warp;
  counts[warp_rank()] = static_cast<std::uint32_t>(registers);
  std::uint32_t total = 0;
  for (const auto& [warp, count] : counts) total += count * kWarpSize;
  if (total > kRegisters) {
    fault(str("setmaxnreg: the warps of this block ask for ", total,
              " registers together; a multiprocessor has ", kRegisters));
  }
}

void named_barrier(std::uint32_t id, std::uint32_t threads, bool wait) {
  const CallSite site(__builtin_return_address(0));
  if (id < 1 || id > 15) fault(str("there is no named barrier ", id, "; they are 1 .. 15"));
  BarrierArguments arguments{id, threads, 0};
  whole_warp<come_to_barrier>(wait ? "bar.sync" : "bar.arrive", &arguments);
  if (!wait) return;
  Barrier& barrier = block_state<Barriers>().barriers[id];
  wait_until("bar.sync", [&] { return barrier.round > arguments.round; });
  acquire(&barrier.order[arguments.round % 2]);
}

}  // namespace backlight::sim
