// What has no kernel yet says so.
#include "kernels/cuda/backend.h"

namespace backlight::kernels::BACKLIGHT_GPU {

Tensor GpuBackend::conv2d(const Tensor&, const Tensor&, const Tensor&, Conv2dGeometry,
                          Activation) const {
  fail("conv2d has no kernel for GPUs yet");
}
BlockOutput GpuBackend::conv2d_block(const Tensor&, const Tensor&, const Tensor&, Conv2dGeometry,
                                     const PoolGeometry*, bool) const {
  fail("conv2d_block has no kernel for GPUs yet");
}
Tensor GpuBackend::conv2d_data_gradient(const Tensor&, const Tensor&, const Shape&, Conv2dGeometry,
                                        const PositiveMask*) const {
  fail("conv2d_data_gradient has no kernel for GPUs yet");
}
Tensor GpuBackend::conv2d_weight_gradient(const Tensor&, const Tensor&, const Shape&,
                                          Conv2dGeometry) const {
  fail("conv2d_weight_gradient has no kernel for GPUs yet");
}
std::string GpuBackend::conv2d_implementation(const Shape&, const Shape&, Conv2dGeometry) const {
  fail("conv2d_implementation has no kernel for GPUs yet");
}
Tensor GpuBackend::gemm(const Tensor&, bool, const Tensor&, bool) const {
  fail("gemm has no kernel for GPUs yet");
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
