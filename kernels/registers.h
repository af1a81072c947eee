// What the compiler gave each CUDA kernel: registers and shared memory, known from the build.
#pragma once

#include <string>
#include <vector>

namespace backlight::kernels {

struct KernelResources {
  std::string kernel;    // its plain_kernel_name()
  int registers = 0;     // of a thread
  int shared_bytes = 0;  // static, of a block; a launch may add to them
};

// The kernels compiled for an architecture (80 for sm_80, 90 for sm_90a), in order of their names,
// as ptxas reported them. Empty where the build had no nvcc or did not compile for it.
const std::vector<KernelResources>& kernel_resources(int architecture);

// A kernel's name as the tables of kernels have it, from its demangled name: without the type it
// returns, its parameters and the namespaces of the GPUs' back ends, so that nvcc's kernel and the
// simulator's have the same; "softmax_kernel<8, 1, true>", say.
std::string plain_kernel_name(std::string demangled);

}  // namespace backlight::kernels
