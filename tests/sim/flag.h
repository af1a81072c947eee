// A flag between the threads of a block, built on the engine as the twins of instructions are.
#pragma once

namespace backlight::kernels::sim {

// Sets it; with `release` the thread's work is published by it.
void raise_flag(bool release);
// Waits for it; with `acquire` what was published is then known.
void await_flag(bool acquire);

}  // namespace backlight::kernels::sim
