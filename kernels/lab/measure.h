// What can be known of a step: on a GPU how long it takes, in the simulator what it does.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "kernels/sim/statistics.h"

namespace backlight::kernels::lab {

// What a GPU can do at most, as measured: operations and bytes a second.
struct Ceilings {
  double fp32 = 0;   // fused multiply-adds in registers
  double mma = 0;    // TF32 on mma.sync, operands in registers
  double wgmma = 0;  // TF32 on wgmma, operands in shared memory; 0 where there is none
  double copy = 0;   // bytes read and written by a copy that fits no cache

  double tensor() const { return mma > wgmma ? mma : wgmma; }
};

// What the launches of a step did, added up. Per launch, see sim::LaunchStatistics.
struct Counts {
  std::array<::backlight::sim::Traffic, ::backlight::sim::kInstructions> totals{};
  std::uint64_t launches = 0;
  double block_barriers = 0;  // that a block passes, on average

  const ::backlight::sim::Traffic& operator[](::backlight::sim::Instruction kind) const {
    return totals[static_cast<std::size_t>(kind)];
  }
  // Of loads from global memory into registers: 32-byte sectors touched by each.
  double sectors_per_load() const;
  // Bytes that loads, cp.async and TMA bring from global memory, caches included; loads by sector.
  double bytes_loaded() const;
  double bytes_stored() const;
  // Passes over the banks of shared memory beyond those that the widths need.
  std::uint64_t bank_conflicts() const;
};

// Runs something in the simulator and counts what its launches do, or only those of one kernel.
// Errors: whatever the simulator's checks find.
Counts counted(const std::function<void()>& run, const std::string& kernel = "");

}  // namespace backlight::kernels::lab

namespace backlight::kernels::cuda::lab {

// The seconds that work on the GPU's stream takes: the median of many runs, after some to warm up,
// with the caches flushed before each.
double median_seconds(const std::function<void()>& run);

kernels::lab::Ceilings measured_ceilings();

// Whether the GPU has TMA and wgmma as sm_90a has them.
bool is_hopper();

}  // namespace backlight::kernels::cuda::lab
