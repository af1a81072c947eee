#include "kernels/cuda/hopper/convolution.cuh"
#include "kernels/cuda/hopper/gemm.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

template bool convolve<Tf32x3>(const ConvolutionTask&);
template std::string describe<Tf32x3>(const ConvolutionTask&);
template bool multiply<Tf32x3>(const Tensor&, const Tensor&, const Split&, Tensor&);

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
