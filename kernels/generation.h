// Which generation of GPU the matrix products and convolutions are written for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backlight::kernels {

//   automatic  what the GPU is
//   ampere     mma.sync and cp.async: every GPU from compute capability 8.0 on
//   hopper     wgmma and TMA, where shapes allow it: compute capability 9.x, and the simulator
// The two add the same products in different orders, so that results may differ in their last bits.
enum class Generation : std::uint8_t { automatic, ampere, hopper };

// The generation of the kernels from now on; automatic at first. Errors, at the first product: the
// GPU is not of the generation.
void set_generation(Generation generation);
Generation generation();

// "automatic", "ampere", "hopper", in the order of the enum.
const std::vector<std::string>& generation_names();

}  // namespace backlight::kernels
