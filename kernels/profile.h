// A profile: what every launch of a stretch of work cost, and to which layer it belonged.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/occupancy.h"
#include "kernels/sim/statistics.h"
#include "tensor/device.h"

namespace backlight::kernels {

enum class Pass : std::uint8_t { other, forward, backward };
const char* name_of(Pass pass);

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

// Whether a profile is open: launches are then recorded, and must not be replayed from a graph.
inline std::atomic<bool> profile_is_open{false};
inline bool profiling() { return profile_is_open.load(std::memory_order_relaxed); }

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

// While it lives, the launches of this thread belong to a layer and a pass; on cuda it is also a
// range of NVTX, which Nsight shows. Costs one look at a flag where no profile is open.
class ProfileScope {
 public:
  ProfileScope(const std::string& layer, Pass pass) {
    if (profiling()) enter(layer, pass);
  }
  ~ProfileScope() {
    if (entered_) leave();
  }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  void enter(const std::string& layer, Pass pass);
  void leave();

  bool entered_ = false;
  std::string outer_layer_;
  Pass outer_pass_ = Pass::other;
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
