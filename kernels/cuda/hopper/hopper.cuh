// Matrix products and convolutions on Hopper's tensor cores: wgmma fed by TMA. Used where the GPU
// is a Hopper (or simulated), the shapes allow it and kernels/generation.h does not forbid it;
// elsewhere the caller's mma.sync kernels compute. Whether they do depends on nothing that may
// differ from batch to batch.
#pragma once

#include "kernels/cuda/conv2d_launch.cuh"
#include "kernels/cuda/matrix/partial_sums.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

// Whether Hopper's kernels are to be used. Errors: the generation that was set is not the GPU's.
bool is_chosen();

// A convolution with stride 1 and the size of its output's images. `weights` are c.weights as a
// tensor, with which what is prepared of them is kept.
struct ConvolutionTask {
  const Convolution& convolution;
  int height, width;
  const Tensor& weights;
  const ConvolutionOutput& out;
  const std::string& shapes;  // for reports
};

// Computes it if it can be done here, else says false. The channels of x must be a multiple of 32,
// those of y of 64, the patch of a window must fit into shared memory.
template <typename Arithmetic>
bool convolve(const ConvolutionTask& task);

// What would compute it: "wgmma implicit GEMM 256x128x32"; empty if convolve cannot. Pointers of
// the task may be null.
template <typename Arithmetic>
std::string describe(const ConvolutionTask& task);

// C = A B^T for A [m,k] and B [n,k], or the parts of it ([parts][m][n]) where the sum is split,
// if it can be done here: k a multiple of 4, at least 64 columns of C.
template <typename Arithmetic>
bool multiply(const Tensor& a, const Tensor& b, const Split& split, Tensor& parts);

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
