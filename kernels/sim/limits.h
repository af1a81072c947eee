// The sizes of the simulated machine: those of a Hopper GPU where CUDA names them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace backlight::sim {

inline constexpr std::size_t kMostThreads = 1024;           // of a block
inline constexpr std::size_t kMostSharedBytes = 227 << 10;  // of a block, static and dynamic
// The shared address space: above kMostSharedBytes there is room for the red zones between
// variables, and 18 bits are what a matrix descriptor can hold.
inline constexpr std::size_t kSharedSpace = 256 << 10;
// The global address space; only what is used takes memory.
inline constexpr std::size_t kGlobalSpace = std::size_t{64} << 30;
inline constexpr std::size_t kDefaultMemoryLimit = std::size_t{4} << 30;

// `bytes` of zeros from the operating system, which takes real memory only where it is touched.
// `alignment` is a power of two. Never given back. Errors: the system refuses.
std::byte* reserve_memory(std::size_t bytes, std::size_t alignment = 4096);

// Gives the real memory beneath whole pages back; they read as zeros again.
void discard_memory(void* from, std::size_t bytes);

}  // namespace backlight::sim
