// The one convolution kernel, for the host: forward and data gradient are launches of it.
#pragma once

#include "kernels/cuda/conv2d_output.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Whether the channels and addresses of a convolution allow copies of 16 bytes.
inline bool has_vectors(const Convolution& c) {
  return c.channels % 4 == 0 && reinterpret_cast<std::uintptr_t>(c.x) % 16 == 0 &&
         c.weights.vectors;
}

// The tile that a block computes: rows are pixels, columns are channels.
struct ChosenTile {
  int rows, columns;
};
ChosenTile choose_tile(const Convolution& convolution);

// Computes a convolution of at least one pixel; `shapes` is for reports.
template <typename Arithmetic>
void launch_convolution(const Convolution& convolution, const ConvolutionOutput& out,
                        const std::string& shapes);

}  // namespace backlight::kernels::BACKLIGHT_GPU
