#include "kernels/device.h"

#include <array>
#include <fstream>
#include <limits>

#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {

// Each GPU's own answers; defined in cuda/device.cu, which is compiled once for each.
#ifdef BACKLIGHT_HAS_CUDA
namespace cuda {
const GpuDevice& device();
}
#endif
#ifdef BACKLIGHT_HAS_SIM
namespace sim {
const GpuDevice& device();
}
#endif

namespace {

// Null for a device that was not built in, and for the processor.
const GpuDevice* gpu(Device device) {
#ifdef BACKLIGHT_HAS_CUDA
  if (device == Device::cuda) return &cuda::device();
#endif
#ifdef BACKLIGHT_HAS_SIM
  if (device == Device::sim) return &sim::device();
#endif
  (void)device;
  return nullptr;
}

std::int64_t free_host_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::int64_t kilobytes = 0;
  while (file >> key >> kilobytes >> unit)
    if (key == "MemAvailable:") return kilobytes * 1024;
  return std::numeric_limits<std::int64_t>::max() / 2;
}

}  // namespace

std::string why_unavailable(Device device) {
  if (device == Device::cpu) return "";
  if (const GpuDevice* const found = gpu(device)) return found->why_unavailable();
  return device == Device::cuda
             ? "was not built in: build again where nvcc, the CUDA toolkit's compiler, is found"
             : "was not built in: build again where Boost.Context (libboost-context-dev) is found";
}

void open_device(Device device) {
  if (is_registered(device)) return;
  const std::string problem = why_unavailable(device);
  const GpuDevice* const found = gpu(device);
  if (!problem.empty() || !found) fail("the device ", name_of(device), " ", problem);
  register_device(device, found->memory());
  register_backend(device, found->backend());
}

namespace {

const GpuDevice& opened(Device device) {
  open_device(device);
  const GpuDevice* const found = gpu(device);
  if (!found) fail(name_of(device), " is no GPU");
  return *found;
}

}  // namespace

const GpuDevice* gpu_of(Device device) { return device == Device::cpu ? nullptr : &opened(device); }

std::vector<Device> available_devices() {
  std::vector<Device> devices;
  for (const Device device : {Device::cpu, Device::cuda, Device::sim})
    if (why_unavailable(device).empty()) devices.push_back(device);
  return devices;
}

std::string description_of(Device device) {
  if (device == Device::cpu) return str("processor, ", thread_count(), " threads");
  return opened(device).description();
}

std::int64_t free_memory(Device device) {
  if (device == Device::cpu) return free_host_memory();
  return opened(device).free_memory();
}

void synchronize(Device device) {
  if (device != Device::cpu) opened(device).synchronize();
}

}  // namespace backlight::kernels
