// The GPU's backend with NVIDIA's libraries in it: gemm.cu calls cuBLAS, conv2d.cu cuDNN (or, where
// that is missing, conv2d_without_cudnn.cu our kernels).
#pragma once

#include "kernels/cuda/backend.h"

namespace backlight::kernels::vendor {

class VendorBackend final : public cuda::GpuBackend {
 public:
  Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
                Activation activation) const override;
  BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           Conv2dGeometry geometry, const PoolGeometry* pool,
                           bool keep) const override;
  Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                              Conv2dGeometry geometry, const PositiveMask* mask) const override;
  Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                                Conv2dGeometry geometry) const override;
  std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                    Conv2dGeometry geometry) const override;
  Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) const override;
};

// "cuDNN 9.19.0", or that it was not built in.
std::string cudnn_description();
// Why cuDNN, where it was built in, cannot be opened; else empty.
std::string cudnn_problem();

// Calls into a library, and tells whoever watches our launches (the profiler) of it.
template <typename F>
void call_library(const char* function, const std::string& shapes, double flop, double bytes,
                  F&& call) {
  const cuda::Launch what{function, dim3(1), dim3(1), 0, shapes, flop, bytes};
  if (cuda::launch_observer) cuda::launch_observer->before(what, nullptr);
  call();
  if (cuda::launch_observer) cuda::launch_observer->after(what);
}

}  // namespace backlight::kernels::vendor
