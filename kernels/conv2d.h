// Two-dimensional convolution (cross-correlation, as deep learning calls it) and its gradients.
// Activations are [N,H,W,C]; weights are [O,KH,KW,I], PyTorch's OIHW with the channels last.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

struct Conv2dGeometry {
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // zeros on every side

  // Extent of the output: floor((size + 2 padding - kernel) / stride) + 1.
  std::int64_t output_size(std::int64_t size, std::int64_t kernel) const {
    return (size + 2 * padding - kernel) / stride + 1;
  }
};

enum class Activation : std::uint8_t { none, relu };

// y[n,p,q,o] = act(bias[o] + sum_{r,s,i} x[n, p stride + r - padding, q stride + s - padding, i]
//                                        w[o,r,s,i])
// `bias` may be undefined. Each image is computed by itself, so its bytes do not depend on the
// others in the batch, nor on the number of threads.
// Errors: shapes that do not fit, a window larger than the padded input.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
              Activation activation = Activation::none);

// The gradient with respect to x, of shape input_shape:
// gx[n,h,w,i] = sum over (p,r), (q,s) with p stride + r - padding = h, q stride + s - padding = w,
//               and over o, of g[n,p,q,o] w[o,r,s,i]
Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                            Conv2dGeometry geometry);

// The gradient with respect to the weight, of shape weight_shape:
// gw[o,r,s,i] = sum_{n,p,q} g[n,p,q,o] x[n, p stride + r - padding, q stride + s - padding, i]
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                              Conv2dGeometry geometry);

// What computes a convolution of these shapes, for reports: "jit_wino_4x3:avx512_core", say.
std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                  Conv2dGeometry geometry);

}  // namespace backlight::kernels
