#include "kernels/lab/measure.h"

#include <map>
#include <utility>

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
namespace {

bool is_access(Instruction kind) { return kind <= Instruction::shared_atomic; }
// What accesses memory without being a load, a store or an atomic.
bool accesses_by_itself(Instruction kind) {
  return kind >= Instruction::matrix_load && kind != Instruction::mma_tf32 &&
         kind != Instruction::mma_bf16;
}

// Adds up the lines of a launch. The simulator lists what ldmatrix, cp.async, TMA, wgmma and
// mbarriers do to memory as loads and stores on their lines; here they count as no other
// instruction, and the passes over the banks that ldmatrix takes are its own.
void add_lines(const engine::LaunchStatistics& launch, Counts& counts) {
  std::map<std::pair<std::string, int>, Instruction> by_itself;
  for (const engine::LineStatistics& line : launch.lines)
    if (accesses_by_itself(line.kind))
      by_itself.emplace(std::pair{line.file, line.line}, line.kind);
  for (const engine::LineStatistics& line : launch.lines) {
    Instruction kind = line.kind;
    engine::Traffic traffic = line.traffic;
    const auto found = by_itself.find({line.file, line.line});
    if (is_access(kind) && found != by_itself.end()) {
      if (found->second != Instruction::matrix_load) continue;
      kind = Instruction::matrix_load;
      traffic.requests = traffic.bytes = 0;
    }
    counts.totals[static_cast<std::size_t>(kind)] += traffic;
  }
}

}  // namespace

Counts counted(const std::function<void()>& run, const std::string& kernel) {
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
    if (!kernel.empty() && launch.kernel != kernel) continue;
    ++counts.launches;
    add_lines(launch, counts);
    const double blocks = 1.0 * launch.grid[0] * launch.grid[1] * launch.grid[2];
    const double warps = launch.block[0] * launch.block[1] * launch.block[2] / 32.0;
    counts.block_barriers +=
        static_cast<double>(launch.total(Instruction::block_barrier).requests) / blocks / warps;
  }
  return counts;
}
#else
Counts counted(const std::function<void()>&, const std::string&) {
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
