// The simulated GPU: its memory, what it is.
#include <cstring>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/fill.h"
#include "kernels/cuda/machine.h"
#include "kernels/sim/global_memory.h"
#include "kernels/sim/recording.h"

namespace backlight::kernels::sim {
namespace {

namespace engine = ::backlight::sim;

// As CUDA refuses it while a stream is captured.
void refuse_while_recording() {
  require(!engine::LaunchRecording::active(),
          "a copy between the processor and the simulated GPU among launches that are recorded");
}

class SimMemory final : public DeviceMemory {
 public:
  std::byte* allocate(std::size_t bytes) override { return engine::allocate(bytes); }
  void release(std::byte* block) noexcept override { engine::deallocate(block); }
  void hand_out(std::byte* block, std::size_t bytes) override { engine::hand_out(block, bytes); }
  void copy_from_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    refuse_while_recording();
    engine::mark_written(to, bytes);
    std::memcpy(to, from, bytes);
  }
  void copy_to_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    refuse_while_recording();
    engine::check_host_read(from, bytes);
    std::memcpy(to, from, bytes);
  }
  void copy_within(std::byte* to, const std::byte* from, std::size_t bytes) override {
    copy_bytes(to, from, bytes);
  }
  void fill(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) override {
    fill_elements(to, element, size, count);
  }
};

class SimRecording final : public RecordedLaunches {
 public:
  explicit SimRecording(const std::function<void()>& work) {
    const engine::LaunchRecording::Scope scope(recording_);
    work();
  }
  void replay() override { recording_.replay(); }

 private:
  engine::LaunchRecording recording_;
};

class SimDevice final : public GpuDevice {
 public:
  std::string why_unavailable() const override { return ""; }
  std::string description() const override { return "a GPU simulated on the processor"; }
  std::int64_t free_memory() const override {
    return static_cast<std::int64_t>(engine::memory_limit() - engine::allocated_bytes());
  }
  void synchronize() const override {}  // launches return when they are done
  std::unique_ptr<RecordedLaunches> record(const std::function<void()>& work) const override {
    return std::make_unique<SimRecording>(work);
  }
  DeviceMemory& memory() const override {
    static SimMemory* const memory = new SimMemory;  // outlives every tensor
    return *memory;
  }
  const Backend& backend() const override {
    static const GpuBackend backend;
    return backend;
  }
  DeviceProfiler& profiler() const override { return sim::profiler(); }
};

}  // namespace

const Machine& this_machine() {
  static const Machine machine{.major = 9, .multiprocessors = 4};
  return machine;
}

const GpuDevice& device() {
  static const SimDevice instance;
  return instance;
}

}  // namespace backlight::kernels::sim
