#include "tensor/device.h"

#include <malloc.h>
#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace backlight {
namespace {

constexpr std::size_t kAlignment = 64, kHugePage = std::size_t{2} << 20;

// Large blocks lie on huge pages where the system has them, which take fewer faults to touch and
// fewer misses to address, and go back to the system when they are freed.
class HostMemory final : public DeviceMemory {
 public:
  // Fixed, for the C library would keep blocks as large as the largest that was ever freed.
  HostMemory() { mallopt(M_MMAP_THRESHOLD, static_cast<int>(kHugePage)); }

  std::byte* allocate(std::size_t bytes) override {
    void* block = nullptr;
    const bool large = bytes >= kHugePage;
    if (posix_memalign(&block, large ? kHugePage : kAlignment, bytes) != 0) return nullptr;
    if (large) (void)madvise(block, bytes, MADV_HUGEPAGE);  // where there are none, small ones do
    return static_cast<std::byte*>(block);
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
