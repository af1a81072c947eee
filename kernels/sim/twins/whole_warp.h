// For twins of instructions that take all 32 lanes of a warp (.sync.aligned).
#pragma once

#include "kernels/sim/engine.h"
#include "tensor/error.h"

namespace backlight::sim {

// A collective of the whole warp; kExecute gets what each of its 32 lanes posted.
// Fault: the block's last warp is not whole.
template <void (*kExecute)(void* const (&lanes)[kWarpSize])>
void whole_warp(const char* what, void* lane_arguments) {
  collective(~0u, what, lane_arguments, [](void* const(&lanes)[kWarpSize], std::uint32_t mask) {
    if (mask != ~0u) fault("an instruction for 32 lanes is issued by a warp of fewer");
    kExecute(lanes);
  });
}

}  // namespace backlight::sim
