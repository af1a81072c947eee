// gpu.h without nvcc: CUDA's language as the simulator speaks it. Everything lies in the namespace
// of the kernels, backlight::kernels::sim, so that no name of CUDA leaks into host code.
#pragma once

#define BACKLIGHT_GPU sim

#include "kernels/sim/language/atomics.h"
#include "kernels/sim/language/bfloat16.h"
#include "kernels/sim/language/index.h"
#include "kernels/sim/language/launching.h"
#include "kernels/sim/language/math.h"
#include "kernels/sim/language/memory.h"
#include "kernels/sim/language/vector_types.h"
#include "kernels/sim/language/warp.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
