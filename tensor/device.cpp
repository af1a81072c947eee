#include "tensor/device.h"

#include <array>
#include <cstdlib>
#include <cstring>

namespace backlight {
namespace {

class HostMemory final : public DeviceMemory {
 public:
  std::byte* allocate(std::size_t bytes) override {
    return static_cast<std::byte*>(std::aligned_alloc(64, bytes));
  }
  void release(std::byte* block) noexcept override { std::free(block); }
  void copy_from_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void copy_to_host(std::byte* to, const std::byte* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void copy_within(std::byte* to, const std::byte* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void fill(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) override {
    if (size == 1) {
      std::memset(to, static_cast<int>(*element), count);
      return;
    }
    for (std::size_t i = 0; i < count; ++i) std::memcpy(to + i * size, element, size);
  }
};

// Never destroyed: tensors in static objects may outlive any other order.
std::array<DeviceMemory*, kDevices>& memories() {
  static std::array<DeviceMemory*, kDevices> all{new HostMemory};
  return all;
}

}  // namespace

void register_device(Device device, DeviceMemory& memory) {
  memories()[static_cast<std::size_t>(device)] = &memory;
}

bool is_registered(Device device) {
  return memories()[static_cast<std::size_t>(device)] != nullptr;
}

DeviceMemory& memory_of(Device device) {
  DeviceMemory* const memory = memories()[static_cast<std::size_t>(device)];
  require(memory != nullptr, "the device ", name_of(device), " was not opened");
  return *memory;
}

}  // namespace backlight
