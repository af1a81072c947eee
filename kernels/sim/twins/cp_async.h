// The twin of cp.async: a thread's copies from global to shared memory and their groups.
#pragma once

#include <cstddef>

namespace backlight::sim {

// Reads `source_bytes` of the source now and puts `bytes` bytes, the rest zeros, into shared memory
// at the running thread's wait for the group. Faults: misaligned addresses, sizes cp.async lacks, a
// destination that is not in shared memory or a source that is not in global memory.
void cp_async(void* destination, const void* source, int bytes, int source_bytes);
void cp_async_commit();
void cp_async_wait(int newest);
void cp_async_wait_all();

}  // namespace backlight::sim
