#include "kernels/registers.h"

#include <map>

#include "kernels/kernel_name.h"

namespace backlight::kernels {
namespace {

using Table = std::map<int, std::vector<KernelResources>>;

// The lines that the build wrote: {architecture, {{kernel, registers, shared_bytes}, ...}}, ...
const Table& table() {
  static const Table table{
#ifdef BACKLIGHT_KERNEL_REGISTERS
#include BACKLIGHT_KERNEL_REGISTERS
#endif
  };
  return table;
}

}  // namespace

const std::vector<KernelResources>& kernel_resources(int architecture) {
  static const std::vector<KernelResources> none;
  const auto found = table().find(architecture);
  return found == table().end() ? none : found->second;
}

std::string plain_kernel_name(std::string demangled) {
  return kernel_name::plain(std::move(demangled));
}

}  // namespace backlight::kernels
