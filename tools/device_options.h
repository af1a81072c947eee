// Where and how exactly to compute: the options every verb that runs a model has.
#pragma once

#include <string>

#include "tensor/device.h"

namespace CLI {
class App;  // its header takes longer to compile than most files that include this one
}

namespace backlight::tools {

struct DeviceOptions {
  int threads = 0;  // 0: all cores
  std::string device = "auto", precision = "fp32", kernels = "ours", generation = "automatic";
};
void add_device_options(CLI::App& verb, DeviceOptions& options);

// Sets the number of threads, the precision and the generation and opens the device with the
// kernels asked for; `auto` is a GPU where there is one. Errors: a device that is not there; a
// precision, generation or kernels that the device does not have.
Device open_device(const DeviceOptions& options);

}  // namespace backlight::tools
