// Global memory of the simulated machine, as the host manages it: one host thread at a time, and
// not while a kernel runs.
#pragma once

#include <cstddef>

namespace backlight::sim {

// A new allocation at a multiple of 4096 bytes, all of it valid and unwritten, with red zones
// around it. Null when the limit would be passed, as cudaMalloc fails when memory is full.
std::byte* allocate(std::size_t bytes);

// Ends an allocation; any later access is a fault. `pointer` is what allocate gave.
void deallocate(std::byte* pointer);

// For an allocator that keeps memory and gives it out again: the first `bytes` of the allocation
// become valid and unwritten, the rest a red zone. With 0 bytes all of it is as good as
// deallocated.
void hand_out(std::byte* pointer, std::size_t bytes);

// The host has copied data in; it may do so anywhere in an allocation's valid bytes.
void mark_written(const std::byte* pointer, std::size_t bytes);

// The host copies data out. Errors: Fault if a byte is outside of valid memory or was never
// written.
void check_host_read(const std::byte* pointer, std::size_t bytes);

// How many bytes may be allocated at a time (4 GiB at first), and are.
void set_memory_limit(std::size_t bytes);
std::size_t memory_limit();
std::size_t allocated_bytes();

}  // namespace backlight::sim
