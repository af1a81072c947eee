#include "kernels/cuda/hopper/convolution.cuh"
#include "kernels/cuda/hopper/gemm.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

template bool convolve<Bf16>(const ConvolutionTask&);
template std::string describe<Bf16>(const ConvolutionTask&);
template bool multiply<Bf16>(const Tensor&, const Tensor&, const Split&, Tensor&);

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
