// Opening the devices, and what is known of each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/device.h"

namespace backlight::kernels {

// Why a device cannot be used here, as the rest of a sentence that begins with its name: "was not
// built in: ...", "finds no GPU: ...". Empty if it can.
std::string why_unavailable(Device device);

// Makes a device's memory and kernels usable; again does nothing. Errors: why_unavailable.
void open_device(Device device);

// The devices that can be opened here, the processor first.
std::vector<Device> available_devices();

// What it is, for reports: "NVIDIA H200, 132 multiprocessors", say.
std::string description_of(Device device);

// Bytes of memory that the device can still give away.
std::int64_t free_memory(Device device);

// Waits until the device has done all it was given.
void synchronize(Device device);

}  // namespace backlight::kernels
