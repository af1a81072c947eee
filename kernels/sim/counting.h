// Counting what a launch does, for LaunchStatistics.
#pragma once

#include <cstddef>

#include "kernels/sim/machine.h"
#include "kernels/sim/memory.h"

namespace backlight::sim {

// Whether the running launch is counted.
extern bool is_counting;

// Adds one lane's access to the warp instruction it is part of: of the accesses at one program
// counter, the lanes' first ones belong together, their second ones, and so on.
void count_access(AccessKind kind, bool is_shared, std::size_t offset, std::size_t size,
                  const void* site);

// All lanes of the warp (of every warp, if null) have met: accesses before and after do not belong
// together.
void end_of_phase(const Warp* warp);

void begin_counting();
void end_counting();

}  // namespace backlight::sim
