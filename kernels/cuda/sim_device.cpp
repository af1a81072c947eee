// The simulated GPU: its memory, what it is.
#include "kernels/cuda/backend.h"
#include "kernels/sim/memory.h"

namespace backlight::kernels::sim {
namespace {

namespace engine = ::backlight::sim;

class SimMemory final : public DeviceMemory {
 public:
  std::byte* allocate(std::size_t bytes) override { return engine::allocate(bytes); }
  void release(std::byte* block) noexcept override { engine::release(block); }
  void hand_out(std::byte* block, std::size_t bytes) override { engine::hand_out(block, bytes); }
  void copy_from_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    engine::mark_written(to, bytes);
    std::memcpy(to, from, bytes);
  }
  void copy_to_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    engine::check_host_read(from, bytes);
    std::memcpy(to, from, bytes);
  }
  void copy_within(std::byte* to, const std::byte* from, std::size_t bytes) override {
    engine::check_host_read(from, bytes);
    engine::mark_written(to, bytes);
    std::memcpy(to, from, bytes);
  }
  void fill_with_zeros(std::byte* to, std::size_t bytes) override {
    engine::mark_written(to, bytes);
    std::memset(to, 0, bytes);
  }
};

class SimDevice final : public GpuDevice {
 public:
  std::string why_unavailable() const override { return ""; }
  std::string description() const override { return "a GPU simulated on the processor"; }
  std::int64_t free_memory() const override {
    return static_cast<std::int64_t>(engine::free_memory());
  }
  void synchronize() const override {}  // launches return when they are done
  DeviceMemory& memory() const override {
    static SimMemory* const memory = new SimMemory;  // outlives every tensor
    return *memory;
  }
  const Backend& backend() const override {
    static const GpuBackend backend;
    return backend;
  }
};

}  // namespace

const GpuDevice& device() {
  static const SimDevice instance;
  return instance;
}

}  // namespace backlight::kernels::sim
