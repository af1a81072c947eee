// The simulated GPU's part of a profile: what its launches do is counted.
#include "kernels/cuda/backend.h"

namespace backlight::kernels::sim {
namespace {

namespace engine = ::backlight::sim;

class SimProfiler final : public DeviceProfiler, LaunchObserver {
 public:
  void start() override {
    engine::clear_launch_statistics();
    engine::set_counting(true);
    launch_observer = this;
  }

  void stop(std::vector<LaunchRecord>&) override {
    launch_observer = nullptr;
    engine::set_counting(false);
    engine::clear_launch_statistics();
  }

  void before(const Launch&, const void*) override {}
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
    const std::uint32_t threads = counts.block[0] * counts.block[1] * counts.block[2];
    record.occupancy = occupancy_of(static_cast<int>(threads), record.registers,
                                    counts.static_shared_bytes + counts.dynamic_shared_bytes);
    record.counts = counts;
    add_record(std::move(record));
    engine::clear_launch_statistics();
  }
};

}  // namespace

DeviceProfiler& profiler() {
  static SimProfiler instance;
  return instance;
}

}  // namespace backlight::kernels::sim
