// The twin of mbarrier: arrivals, transaction bytes and phases of a barrier in shared memory, and
// the fences of the async proxy. `barrier` is the address of its eight bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/sim/engine.h"

namespace backlight::sim {

// Faults: not 8-byte aligned, a count outside 1 .. 2^20 - 1, a barrier that is already there.
void mbarrier_init(std::uint64_t* barrier, std::uint32_t arrivals);
// Fault: a barrier that a transfer has yet to signal or a thread waits on.
void mbarrier_invalidate(std::uint64_t* barrier);
// Expects `bytes` more in the current phase, then arrives. Faults: more arrivals than init said,
// more than 2^20 - 1 bytes outstanding.
void mbarrier_arrive(std::uint64_t* barrier, std::uint32_t bytes);
// Whether the phase of this parity is the one before the current.
bool mbarrier_try_wait(std::uint64_t* barrier, std::uint32_t parity);
void mbarrier_wait(std::uint64_t* barrier, std::uint32_t parity);

void fence_mbarrier_init();
void fence_proxy_async();

// Bytes on their way into shared memory that a barrier will count.
struct Delivery {
  TransferId transfer = 0;
  void* destination = nullptr;
  std::vector<std::byte> data;
};

// Hands a delivery to a barrier, on which it lands when a waiter needs it or earlier, as the seed
// has it. Fault: a barrier whose init the copy engine need not see (no fence came after it).
void deliver_on(std::uint64_t* barrier, Delivery delivery);

}  // namespace backlight::sim
