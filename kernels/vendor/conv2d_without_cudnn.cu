// Convolutions where cuDNN was not built in: our own kernels, which is said once.
#include <cstdio>
#include <mutex>

#include "kernels/vendor/backend.h"

namespace backlight::kernels::vendor {
namespace {

void announce() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::fputs(
        "backlight: cuDNN was not built in, so convolutions run on our kernels; cuBLAS computes "
        "the matrix products\n",
        stderr);
  });
}

}  // namespace

Tensor VendorBackend::conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                             Conv2dGeometry geometry, Activation activation) const {
  announce();
  return GpuBackend::conv2d(x, weight, bias, geometry, activation);
}

BlockOutput VendorBackend::conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                        Conv2dGeometry geometry, const PoolGeometry* pool,
                                        bool keep) const {
  announce();
  return GpuBackend::conv2d_block(x, weight, bias, geometry, pool, keep);
}

Tensor VendorBackend::conv2d_data_gradient(const Tensor& g, const Tensor& weight,
                                           const Shape& input_shape, Conv2dGeometry geometry,
                                           const PositiveMask* mask) const {
  announce();
  return GpuBackend::conv2d_data_gradient(g, weight, input_shape, geometry, mask);
}

Tensor VendorBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& g,
                                             const Shape& weight_shape,
                                             Conv2dGeometry geometry) const {
  announce();
  return GpuBackend::conv2d_weight_gradient(x, g, weight_shape, geometry);
}

std::string VendorBackend::conv2d_implementation(const Shape& input_shape,
                                                 const Shape& weight_shape,
                                                 Conv2dGeometry geometry) const {
  return GpuBackend::conv2d_implementation(input_shape, weight_shape, geometry);
}

std::string cudnn_description() { return "without cuDNN"; }

std::string cudnn_problem() { return ""; }

}  // namespace backlight::kernels::vendor
