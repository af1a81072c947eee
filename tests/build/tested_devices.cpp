// Says on which devices the tests of this build run, and why not on the others.
#include <cstdio>

#include "kernels/device.h"

int main() {
  using namespace backlight;
  for (const Device device : {Device::cpu, Device::sim, Device::cuda}) {
    const std::string why = kernels::why_unavailable(device);
    std::printf("%-4s  %s\n", name_of(device),
                why.empty() ? ("tested: " + kernels::description_of(device)).c_str()
                            : ("SKIPPED: " + why).c_str());
  }
}
