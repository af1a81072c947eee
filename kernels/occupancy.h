// Occupancy: how many blocks of a kernel a multiprocessor of a GPU can hold at once.
#pragma once

#include <cstddef>
#include <string>

namespace backlight::kernels {

// What one multiprocessor has to give. As it stands: compute capability 9.0 (H100, H200), which is
// also the simulated GPU. Source: CUDA C++ Programming Guide, "Technical Specifications per
// Compute Capability".
struct MultiprocessorLimits {
  int warps = 64;
  int blocks = 32;
  int registers = 64 << 10;
  std::size_t shared_bytes = 228 << 10;
  std::size_t reserved_shared_bytes = 1 << 10;  // of each block, for the system
};

struct Occupancy {
  int blocks = 0;               // at once on a multiprocessor
  int warps = 0;                // of these blocks
  int most_warps = 0;           // that a multiprocessor can hold
  std::string limit;            // what runs out first: "warps", "blocks", "registers", ...
  bool registers_known = true;  // else registers were taken to be plenty

  double share() const { return most_warps ? static_cast<double>(warps) / most_warps : 0; }
};

// The least of what warps, blocks, registers and shared memory allow, for a block of `threads`
// threads with `registers` registers each (0: not known) and `shared_bytes` of shared memory,
// static and dynamic. A warp takes registers in units of 256, a block shared memory in units of
// 128 bytes. Errors: fewer than 1 thread or more than 1024.
Occupancy occupancy_of(int threads, int registers, std::size_t shared_bytes,
                       const MultiprocessorLimits& limits = {});

}  // namespace backlight::kernels
