// The shared memory of a block: its variables and its dynamic part. Called inside kernels.
#pragma once

#include <cstddef>

namespace backlight::sim {

// One declaration of a shared variable in a kernel; there is one such object for each.
struct SharedVariable {
  const char* name;
  std::size_t bytes;
  std::size_t alignment;
};

// Where the running block has this variable. The first thread to ask makes it, uninitialised.
// Fault: the block's shared memory is full.
void* shared_variable(const SharedVariable& variable);

// Where the dynamic shared memory of the launch begins, at a multiple of 1024 bytes.
unsigned char* dynamic_shared();

}  // namespace backlight::sim
