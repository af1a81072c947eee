// threadIdx, blockIdx, blockDim, gridDim, warpSize.
#pragma once

#include <cstdint>

#include "kernels/sim/language/vector_types.h"

namespace backlight::sim {

// Three extents in one word: x in the lowest 32 bits, then y and z in 16 each. They do not change
// while a kernel runs, which `const` tells the compiler: it asks once in each kernel.
[[gnu::const]] std::uint64_t packed_thread_index();
[[gnu::const]] std::uint64_t packed_block_index();
[[gnu::const]] std::uint64_t packed_block_size();
[[gnu::const]] std::uint64_t packed_grid_size();

}  // namespace backlight::sim

namespace backlight::kernels::sim {

[[gnu::always_inline]] inline uint3 unpack(std::uint64_t packed) {
  return {static_cast<unsigned int>(packed), static_cast<unsigned int>(packed >> 32 & 0xffff),
          static_cast<unsigned int>(packed >> 48)};
}

inline constexpr int warpSize = 32;

}  // namespace backlight::kernels::sim

#define threadIdx (::backlight::kernels::sim::unpack(::backlight::sim::packed_thread_index()))
#define blockIdx (::backlight::kernels::sim::unpack(::backlight::sim::packed_block_index()))
#define blockDim                    \
  (::backlight::kernels::sim::dim3( \
      ::backlight::kernels::sim::unpack(::backlight::sim::packed_block_size())))
#define gridDim                     \
  (::backlight::kernels::sim::dim3( \
      ::backlight::kernels::sim::unpack(::backlight::sim::packed_grid_size())))
