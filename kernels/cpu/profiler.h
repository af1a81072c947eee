// The processor's part of a profile: every op of its backend, timed by the clock on the wall.
#pragma once

#include "kernels/profile.h"

namespace backlight::kernels {

DeviceProfiler& cpu_profiler();

}  // namespace backlight::kernels
