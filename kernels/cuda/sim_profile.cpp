// The simulated GPU's part of a profile: what its launches do is counted.
#include <algorithm>
#include <map>
#include <set>

#include "kernels/cuda/backend.h"
#include "kernels/registers.h"
#include "kernels/sim/launch.h"

namespace backlight::kernels::sim {
namespace {

namespace engine = ::backlight::sim;

// The simulated GPU is a Hopper; a kernel that was built for older GPUs alone counts as it is
// there.
constexpr int kArchitectures[] = {90, 80};

// How many registers the compiler gave the thread of a kernel; 0 where the build had no nvcc.
int registers_of(const std::string& kernel) {
  for (const int architecture : kArchitectures)
    for (const KernelResources& each : kernel_resources(architecture))
      if (each.kernel == kernel) return each.registers;
  return 0;
}

// The registers of some kernels, by their addresses.
std::map<const void*, int> registers_of_all(const std::vector<const void*>& kernels) {
  const std::set<const void*> distinct(kernels.begin(), kernels.end());
  const std::vector<const void*> once(distinct.begin(), distinct.end());
  const std::vector<std::string> names = engine::kernel_names(once);
  std::map<const void*, int> registers;
  for (std::size_t i = 0; i < once.size(); ++i)
    registers[once[i]] = registers_of(plain_kernel_name(names[i]));
  return registers;
}

class SimProfiler final : public DeviceProfiler, LaunchObserver {
 public:
  void start() override {
    kernels_.clear();
    engine::clear_launch_statistics();
    engine::set_counting(true);
    launch_observer = this;
  }

  void stop(std::vector<LaunchRecord>& records) override {
    launch_observer = nullptr;
    engine::set_counting(false);
    engine::clear_launch_statistics();
    require(records.size() == kernels_.size(), "a profile lost launches: it has ", records.size(),
            " of ", kernels_.size());
    const std::map<const void*, int> registers = registers_of_all(kernels_);
    for (std::size_t i = 0; i < records.size(); ++i) {
      LaunchRecord& record = records[i];
      record.registers = registers.at(kernels_[i]);
      const std::uint32_t threads = record.block[0] * record.block[1] * record.block[2];
      record.occupancy = occupancy_of(static_cast<int>(threads), record.registers,
                                      record.static_shared_bytes + record.dynamic_shared_bytes);
    }
  }

  void before(const Launch&, const void* kernel) override { launching_ = kernel; }
  void after(const Launch&) override {
    const engine::LaunchStatistics& counts = engine::launch_statistics().back();
    LaunchRecord record;
    record.device = Device::sim;
    record.kernel = counts.kernel;
    record.shapes = counts.shapes;
    record.grid = counts.grid;
    record.block = counts.block;
    record.static_shared_bytes = counts.static_shared_bytes;
    record.dynamic_shared_bytes = counts.dynamic_shared_bytes;
    record.flop = counts.flop;
    record.bytes = counts.bytes;
    record.counts = counts;
    add_record(std::move(record));
    kernels_.push_back(launching_);
    engine::clear_launch_statistics();
  }

 private:
  const void* launching_ = nullptr;
  std::vector<const void*> kernels_;  // of the records
};

}  // namespace

DeviceProfiler& profiler() {
  static SimProfiler instance;
  return instance;
}

}  // namespace backlight::kernels::sim
