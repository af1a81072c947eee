// The twins of elect.sync, setmaxnreg and the named barriers.
#pragma once

#include <cstdint>

namespace backlight::sim {

// True for one lane of the warp. Which one is up to the seed, and stays the same in a block.
bool elect_one();

// setmaxnreg. Fault: the warps of the block ask for more registers than a multiprocessor has, which
// would wait for ever.
void set_registers(int registers, bool increase);

// bar.sync (`wait`) and bar.arrive: barrier `id` opens when `threads` threads have come. Faults: a
// barrier that does not exist, warps that come to it with different counts.
void named_barrier(std::uint32_t id, std::uint32_t threads, bool wait);

}  // namespace backlight::sim
