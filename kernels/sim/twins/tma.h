// The twin of TMA: boxes of tensors between global and shared memory.
#pragma once

#include <cstdint>

#include "kernels/sim/twins/tensor_map.h"

namespace backlight::sim {

// Reads the box at `coordinates` now, zeros outside the tensor, swizzles it by the bits of its
// shared memory addresses, and hands it to the barrier. Faults: a destination that is not a
// multiple of 128 bytes; one that was stored to and not fenced since; what reading or writing
// finds.
void tma_load(void* destination, const TensorMapFields& map, std::uint64_t* barrier,
              const int* coordinates);

// Fault: the box of this map does not have rows x columns elements in shared memory.
void check_box(const TensorMapFields& map, int rows, int columns);

// Stores a box, of the running thread's open group. The bytes are in global memory at once, but
// shared memory is being read until the wait. Faults: shared memory that was stored to and not
// fenced since, a misaligned source.
void tma_store(const TensorMapFields& map, const void* source, const int* coordinates);
void tma_store_commit();
void tma_store_wait(int newest);

}  // namespace backlight::sim
