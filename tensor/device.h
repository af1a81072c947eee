// The devices tensors live on, and what the allocator and the copies need to know of each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/error.h"

namespace backlight {

// cpu: this machine's processor. cuda: an NVIDIA GPU. sim: a GPU simulated on the processor, which
// runs the kernels of cuda under checks that a GPU cannot make.
enum class Device : std::uint8_t { cpu, cuda, sim };
inline constexpr std::size_t kDevices = 3;

inline const char* name_of(Device device) {
  switch (device) {
    case Device::cpu: return "cpu";
    case Device::cuda: return "cuda";
    case Device::sim: return "sim";
  }
  fail("unknown device ", static_cast<int>(device));
}

// A device has no memory left for what was asked. Methods that split their work catch it and go on
// in smaller pieces.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

// The raw memory of a device. All work on a device runs in one order (one stream), so a block may
// be handed out again as soon as it was given back.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;

  // A block of at least 64-byte alignment; null when there is none left.
  virtual std::byte* allocate(std::size_t bytes) = 0;
  virtual void release(std::byte* block) noexcept = 0;
  // A block, fresh or used before, now belongs to a tensor of `bytes` bytes that nobody has
  // written.
  virtual void hand_out(std::byte* /*block*/, std::size_t /*bytes*/) {}

  virtual void copy_from_host(std::byte* to, const std::byte* from, std::size_t bytes) = 0;
  // Waits for the work that fills `from`.
  virtual void copy_to_host(std::byte* to, const std::byte* from, std::size_t bytes) = 0;
  virtual void copy_within(std::byte* to, const std::byte* from, std::size_t bytes) = 0;
  // Writes `count` copies of an element of 1, 2, 4 or 8 bytes.
  virtual void fill(std::byte* to, const std::byte* element, std::size_t size,
                    std::size_t count) = 0;
};

// Makes a device usable; `memory` must live as long as the program. The processor is there from
// the start.
void register_device(Device device, DeviceMemory& memory);
bool is_registered(Device device);

// Errors: the device was not registered.
DeviceMemory& memory_of(Device device);

}  // namespace backlight
