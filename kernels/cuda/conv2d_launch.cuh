// Convolutions on tensor cores by mma.sync, for GPUs from Ampere on: what the host needs to launch
// the one kernel of forward and data gradient.
#pragma once

#include "kernels/conv2d.h"
#include "kernels/cuda/conv2d_output.cuh"
#include "kernels/cuda/matrix/dispatch.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

// An image tensor and weights for it. Either may be null where only shapes matter.
struct ConvolutionOperands {
  const float* x;
  Shape x_shape;  // [N,H,W,C]
  const float* weights;
  Shape weight_shape;  // [O,KH,KW,C]
};

// With stride 1 and without padding, for an output of height x width pixels an image. `windows`:
// see PixelOrder.
Convolution convolution_of(const ConvolutionOperands& operands, std::int64_t height,
                           std::int64_t width, bool windows = false);

// The forward convolution of a geometry.
Convolution forward_convolution(const ConvolutionOperands& operands, Conv2dGeometry geometry,
                                bool windows = false);

// The memory that a convolution must read and write at the least.
double least_bytes(const Convolution& convolution, const ConvolutionOutput& out);

// Whether channels and addresses allow copies of 16 bytes.
bool has_vectors(const Convolution& convolution);

// The tile of pixels and channels that a block computes.
struct ChosenTile {
  int rows, columns;
};
ChosenTile choose_tile(const Convolution& convolution);

// Computes a convolution of at least one pixel; `shapes` is for reports.
template <typename Arithmetic>
void launch_convolution(const Convolution& convolution, const ConvolutionOutput& out,
                        const std::string& shapes);

}  // namespace backlight::kernels::BACKLIGHT_GPU
