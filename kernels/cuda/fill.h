// Filling and copying a GPU's memory.
#pragma once

#include <cstddef>

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Writes `count` copies of an element of 1, 2, 4 or 8 bytes.
void fill_elements(std::byte* to, const std::byte* element, std::size_t size, std::size_t count);

// Copies bytes within the GPU's memory; the two ranges do not overlap and start at multiples of 4.
void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes);

}  // namespace backlight::kernels::BACKLIGHT_GPU
