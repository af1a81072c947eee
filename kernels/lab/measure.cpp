#include "kernels/lab/measure.h"

#include "tensor/error.h"

namespace backlight::kernels::lab {

namespace engine = ::backlight::sim;
using engine::Instruction;

double Counts::sectors_per_load() const {
  const engine::Traffic& loads = (*this)[Instruction::global_load];
  return loads.requests ? static_cast<double>(loads.sectors) / static_cast<double>(loads.requests)
                        : 0;
}

double Counts::bytes_loaded() const {
  return 32.0 * static_cast<double>((*this)[Instruction::global_load].sectors) +
         static_cast<double>((*this)[Instruction::cp_async].bytes +
                             (*this)[Instruction::tma_load].bytes);
}

double Counts::bytes_stored() const {
  return 32.0 * static_cast<double>((*this)[Instruction::global_store].sectors) +
         static_cast<double>((*this)[Instruction::tma_store].bytes);
}

std::uint64_t Counts::bank_conflicts() const {
  std::uint64_t conflicts = 0;
  for (const engine::Traffic& traffic : totals)
    conflicts += traffic.wavefronts - traffic.ideal_wavefronts;
  return conflicts;
}

#ifdef BACKLIGHT_HAS_SIM
Counts counted(const std::function<void()>& run) {
  engine::clear_launch_statistics();
  engine::set_counting(true);
  try {
    run();
  } catch (...) {
    engine::set_counting(false);
    throw;
  }
  engine::set_counting(false);
  Counts counts;
  for (const engine::LaunchStatistics& launch : engine::launch_statistics()) {
    ++counts.launches;
    for (std::size_t i = 0; i < engine::kInstructions; ++i) counts.totals[i] += launch.totals[i];
    const double blocks = 1.0 * launch.grid[0] * launch.grid[1] * launch.grid[2];
    const double threads = 1.0 * launch.block[0] * launch.block[1] * launch.block[2];
    counts.block_barriers +=
        static_cast<double>(launch.total(Instruction::block_barrier).requests) / blocks /
        (threads / 32);
  }
  return counts;
}
#else
Counts counted(const std::function<void()>&) {
  fail("the simulator was not built in: nothing can be counted");
}
#endif

}  // namespace backlight::kernels::lab

#ifndef BACKLIGHT_HAS_CUDA
// Without CUDA the device cannot be opened, so that nobody comes here.
namespace backlight::kernels::cuda::lab {

double median_seconds(const std::function<void()>&) { fail("CUDA was not built in"); }
kernels::lab::Ceilings measured_ceilings() { fail("CUDA was not built in"); }
bool is_hopper() { return false; }

}  // namespace backlight::kernels::cuda::lab
#endif
