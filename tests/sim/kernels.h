// The kernels of the simulator's tests, as the host calls them.
#pragma once

namespace backlight::kernels::sim {

// speed.cu
void run_barriers(int times);
void run_shuffles(float* out, int times);
void run_shared(float* out, int times);
void run_global(const float* in, float* out, int times);

}  // namespace backlight::kernels::sim
