// What the launches of a profile add up to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/profile/profile_run.h"

namespace backlight::tools {

using backlight::sim::Instruction;
using backlight::sim::LineStatistics;
using backlight::sim::Traffic;

// The sum over some launches. Where they differ in layer, pass or kernel, that is left empty.
struct LaunchSum {
  std::string layer = {};
  kernels::Pass pass = kernels::Pass::other;
  std::string kernel = {};
  std::size_t launches = 0;
  double flop = 0, bytes = 0;
  double seconds = 0;        // measured
  double bound_seconds = 0;  // the least that the ceilings allow; 0 without ceilings
  std::array<Traffic, backlight::sim::kInstructions> totals{};  // counted
  std::optional<kernels::Occupancy> occupancy = {};             // the lowest of them
  int registers = 0;                                            // the most of them
  std::size_t shared_bytes = 0;                                 // the most of them

  const Traffic& total(Instruction kind) const { return totals[static_cast<std::size_t>(kind)]; }
  // Loads, stores and atomics together, and all instructions that were counted.
  Traffic shared() const;
  Traffic global() const;
  std::uint64_t products() const;  // mma and wgmma
  std::uint64_t barriers() const;
  std::uint64_t instructions() const;
  // Of the roofline's speed; 0 without ceilings.
  double roofline_share() const { return seconds > 0 ? bound_seconds / seconds : 0; }
};

// Passes over shared memory beyond those that the widths of the accesses need, and 32-byte sectors
// of global memory beyond those that the bytes fill.
inline std::uint64_t conflicts(const Traffic& t) { return t.wavefronts - t.ideal_wavefronts; }
inline std::uint64_t extra_sectors(const Traffic& t) {
  return t.sectors > t.ideal_sectors ? t.sectors - t.ideal_sectors : 0;
}

// Sums of the launches alike in layer, pass and kernel, in layer and pass, or in kernel; in the
// order in which they first ran. And of all.
std::vector<LaunchSum> sums_by_row(const ProfileRun& run);
std::vector<LaunchSum> sums_by_layer(const ProfileRun& run);
std::vector<LaunchSum> sums_by_kernel(const ProfileRun& run);
LaunchSum sum_of_all(const ProfileRun& run);

// The source lines of a kernel over all its launches, in the order of file, line and kind.
std::vector<LineStatistics> lines_of(const ProfileRun& run, const std::string& kernel);

// What to look at first, at most three sentences: where the most time is lost, or in the simulator
// the most passes over shared memory and sectors of global memory.
std::vector<std::string> offenders(const ProfileRun& run);

// "cnn.3 backward", or "no layer" and the like.
std::string place_of(const LaunchSum& sum);

}  // namespace backlight::tools
