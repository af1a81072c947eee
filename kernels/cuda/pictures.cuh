// Where an element of a batch of pictures lies.
#pragma once

#include "kernels/cuda/gpu.h"
#include "tensor/shape.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// The extents of a tensor [N, height, width, channels].
struct Extents {
  std::int64_t height, width, channels;

  __device__ std::int64_t index(std::int64_t n, std::int64_t i, std::int64_t j,
                                std::int64_t c) const {
    return ((n * height + i) * width + j) * channels + c;
  }
};

// Where element `index` of a tensor lies.
template <typename Index>
struct Place {
  std::int64_t n, i, j, c;

  __device__ Place(Index index, const Extents& of) {
    const auto channels = static_cast<Index>(of.channels), width = static_cast<Index>(of.width),
               height = static_cast<Index>(of.height);
    const Index pixel = index / channels, line = pixel / width;
    c = index - pixel * channels;
    j = pixel - line * width;
    n = line / height;
    i = line - static_cast<Index>(n) * height;
  }
};

inline Extents extents_of(const Shape& shape) { return {shape[1], shape[2], shape[3]}; }

}  // namespace backlight::kernels::BACKLIGHT_GPU
