#include "kernels/backend.h"

#include <array>

#include "kernels/cpu/backend.h"

namespace backlight::kernels {
namespace {

std::array<const Backend*, kDevices>& backends() {
  static std::array<const Backend*, kDevices> all{new CpuBackend};
  return all;
}

}  // namespace

void register_backend(Device device, const Backend& backend) {
  backends()[static_cast<std::size_t>(device)] = &backend;
}

const Backend& backend_of(Device device) {
  const Backend* const backend = backends()[static_cast<std::size_t>(device)];
  require(backend != nullptr, "the device ", name_of(device), " was not opened");
  return *backend;
}

void require_same_device(const char* op, std::initializer_list<const Tensor*> tensors) {
  const Device device = (*tensors.begin())->device();
  for (const Tensor* tensor : tensors)
    if (tensor->defined() && tensor->device() != device)
      fail(op, ": tensors on ", name_of(device), " and on ", name_of(tensor->device()),
           "; bring them to one device with to()");
}

}  // namespace backlight::kernels
