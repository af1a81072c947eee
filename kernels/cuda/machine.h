// What the kernels' host code must know of the GPU it launches on.
#pragma once

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

struct Machine {
  int major;            // of the compute capability
  int multiprocessors;  // how many blocks run at once, at the least
};

// The GPU that is in use. The simulator is a Hopper GPU, so small that its blocks have several
// tiles each to compute.
const Machine& this_machine();

}  // namespace backlight::kernels::BACKLIGHT_GPU
