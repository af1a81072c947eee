#include "kernels/cuda/conv2d_kernel.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

template void launch_convolution<Tf32x3>(const Convolution&, const ConvolutionOutput&,
                                         const std::string&);

}  // namespace backlight::kernels::BACKLIGHT_GPU
