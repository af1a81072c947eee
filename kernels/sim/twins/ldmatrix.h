// The twin of ldmatrix: 8x8 matrices of 16-bit elements from shared memory.
#pragma once

#include <cstdint>

namespace backlight::sim {

// Gives the running lane its `matrices` registers; all 32 lanes of the warp take part, and lanes
// 0 .. 8 matrices - 1 say where the rows are. Faults: a row that is not 16-byte aligned or not in
// shared memory.
void ldmatrix(std::uint32_t* result, int matrices, const void* row, bool transposed);

}  // namespace backlight::sim
