// Reports: what a fault says, where in the sources a program counter lies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/sim/machine.h"

namespace backlight::sim {

// A program counter in the space of a shadow word: its distance from a variable of the engine,
// which is near enough to all code of a program for 32 bits.
inline std::int32_t compress(const void* site) {
  return static_cast<std::int32_t>(reinterpret_cast<std::intptr_t>(site) -
                                   reinterpret_cast<std::intptr_t>(&machine));
}
inline const void* restore(std::int32_t site) {
  return reinterpret_cast<const std::byte*>(&machine) + site;
}

// The source lines of return addresses: "kernels/cuda/gemm.cu:42", and where that line was inlined
// in turn, outwards. The wrappers (gpu.h, ptx/, the simulator) are left out where anything else is
// there. Without addr2line or debug information: the module and the offset in it.
struct SourceLine {
  std::string file;
  int line = 0;
};
std::vector<SourceLine> source_lines(const void* site);
std::string describe_site(const void* site);
// Looks all of these up in one go; source_lines then has them at hand.
void look_up(const std::vector<const void*>& sites);

// "block (0,0,0), thread (5,0,0)", of the running block unless another is named.
std::string describe_thread(std::uint32_t rank);
std::string describe_thread(std::uint32_t rank, std::uint32_t block);
// "kernel gemm, grid (4,4,1), block (256,1,1), 0 bytes of dynamic shared memory, [128, 128]".
std::string describe_launch(const LaunchRequest& request);

// "0-31, 64": rising numbers as ranges, cut off after a few.
std::string ranks_text(const std::vector<std::uint32_t>& ranks);

// Puts a report together: the first line says what is wrong, then these details, then the launch
// and the seed.
std::string compose(const std::string& what, const std::vector<std::string>& details);

// Ends the launch. From a thread it abandons the block, elsewhere it throws Fault.
[[noreturn]] void end_launch_with(const std::string& report);

// The same for what the running thread does at `site`, with more details after that line.
[[noreturn]] void fault_at(const void* site, const std::string& what,
                           const std::vector<std::string>& details = {});

// Nobody can go on: lists where the threads stand.
[[noreturn]] void report_deadlock();

}  // namespace backlight::sim
