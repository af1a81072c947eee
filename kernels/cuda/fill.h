// Filling a GPU's memory.
#pragma once

#include <cstddef>

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Writes `count` copies of an element of 1, 2, 4 or 8 bytes.
void fill_elements(std::byte* to, const std::byte* element, std::size_t size, std::size_t count);

}  // namespace backlight::kernels::BACKLIGHT_GPU
