// A profile: what every launch of a stretch of work cost, and to which layer it belonged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/occupancy.h"
#include "kernels/profile_scope.h"
#include "kernels/sim/statistics.h"
#include "tensor/device.h"

namespace backlight::kernels {

// One launch of a kernel. On the processor, which has none, one call of an op.
struct LaunchRecord {
  Device device = Device::cpu;
  std::string layer;  // "cnn.15", or "" outside all layers
  Pass pass = Pass::other;
  std::string kernel, shapes;
  std::array<std::uint32_t, 3> grid{}, block{};  // zeros on the processor
  std::size_t static_shared_bytes = 0, dynamic_shared_bytes = 0;
  int registers = 0;    // of a thread; 0 where nobody knows
  int local_bytes = 0;  // of a thread's local memory, where registers are spilled to
  std::optional<Occupancy> occupancy;
  double flop = 0, bytes = 0;                                // the work that the launch declares
  std::optional<double> seconds;                             // measured: on cuda and the processor
  std::optional<::backlight::sim::LaunchStatistics> counts;  // counted: on sim
};

// What a device can do at most.
struct Ceilings {
  double flop_per_second = 0;  // at the precision in force
  double bytes_per_second = 0;
  std::string source;  // where the two numbers come from, as a sentence
};

// The ceilings of an opened device. Only cuda has them.
std::optional<Ceilings> ceilings_of(Device device);

// While it lives, every launch on the device is recorded. Errors: the device was not opened;
// another profile is open.
class Profile {
 public:
  explicit Profile(Device device);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  // Waits for the device and closes the profile: the launches, in their order.
  std::vector<LaunchRecord> finish();

 private:
  Device device_;
  bool open_ = true;
};

// --- For the devices ----------------------------------------------------------------------------

// What a device does for a profile. It hands over a record of each launch, in their order.
class DeviceProfiler {
 public:
  virtual ~DeviceProfiler() = default;
  virtual void start() = 0;
  // Waits for the device; fills in what only now is known of the records since start().
  virtual void stop(std::vector<LaunchRecord>& records) = 0;
  virtual void enter(const std::string& /*range*/) {}
  virtual void leave() {}
  virtual std::optional<Ceilings> ceilings() { return std::nullopt; }
};

// Adds a launch to the open profile, under the layer and the pass of this thread.
void add_record(LaunchRecord record);

}  // namespace backlight::kernels
