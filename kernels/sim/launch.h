// The simulator as the host sees it: launches, faults and the seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tensor/error.h"

namespace backlight::sim {

// What the simulator found in a kernel. The message is a report of several lines: what is wrong,
// the launch, who did it and where, and the seed that repeats it.
class Fault : public Error {
 public:
  using Error::Error;
};

// One launch. The pointers are only used until run_launch returns.
struct LaunchRequest {
  const char* kernel = "";
  const std::string* shapes = nullptr;  // the launch's shapes, for reports
  std::array<std::uint32_t, 3> grid{}, block{};
  std::size_t shared_bytes = 0;            // dynamic
  double flop = 0, bytes = 0;              // declared work
  void (*run)(void* arguments) = nullptr;  // calls the kernel: the body of one thread
  void* arguments = nullptr;
  std::size_t argument_bytes = 0;  // which the kernel may read
};

// Runs every thread of every block, and returns when all have ended.
// Errors: Fault for what the checks find; Error for a launch that no GPU would take (more than 1024
// threads in a block or 227 KiB of shared memory, an empty grid). Afterwards the simulator can go
// on with other launches; what a faulty kernel wrote stays written.
void run_launch(const LaunchRequest& request);

// The seed of the order of blocks and threads. It starts as BACKLIGHT_SIM_SEED of the environment,
// else 1. A launch's order follows from the seed and the number of launches since it was set.
void set_seed(std::uint64_t seed);
std::uint64_t seed();

// The demangled names of kernels, "void scale<4>(float*)", as addr2line knows them; empty where it
// does not.
std::vector<std::string> kernel_names(const std::vector<const void*>& kernels);

}  // namespace backlight::sim
