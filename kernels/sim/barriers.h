// Barriers of a block, and warp-wide instructions of CUDA's language. Called inside kernels.
#pragma once

#include <cstdint>

#include "kernels/sim/engine.h"

namespace backlight::sim {

// __syncthreads: all threads of the block come here before any goes on, and then each knows all
// that was done before. Returns for how many threads `predicate` held. `what` is the name of the
// instruction.
// Faults: threads come from different places in the source, or one has exited.
int block_barrier(const char* what, bool predicate = false);

// __syncwarp(mask).
void warp_barrier(std::uint32_t mask);

// The four shuffles: the lane's value from another lane, as 32 bits.
enum class Shuffle : std::uint8_t { index, up, down, exclusive_or };
std::uint32_t shuffle(Shuffle kind, std::uint32_t mask, std::uint32_t value, std::uint32_t operand,
                      std::uint32_t width);

// The lanes of the mask whose predicate holds; those whose value equals this lane's.
std::uint32_t ballot(std::uint32_t mask, bool predicate);
std::uint32_t match_any(std::uint32_t mask, std::uint64_t value);

// The lanes of this warp that have not exited.
std::uint32_t active_mask();

}  // namespace backlight::sim
