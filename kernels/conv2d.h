// Two-dimensional convolution (cross-correlation, as deep learning calls it) and its gradients.
// Activations are [N,H,W,C]; weights are [O,KH,KW,I], PyTorch's OIHW with the channels last.
#pragma once

#include "kernels/activation.h"
#include "kernels/pooling.h"

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

// relu(conv2d(x, weight, bias)) and, if `pool` is not null, max pooling after it.
struct BlockOutput {
  Tensor y;
  PositiveMask open;  // where the ReLU let through, unless pooling follows
  PoolIndex index;    // where each pooled element came from, if it does; kNowhere: ReLU was closed
};
// `keep` says whether open or index is wanted; they are what the gradient needs.
BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Conv2dGeometry geometry, const PoolGeometry* pool, bool keep);

// The gradient with respect to x, of shape input_shape:
// gx[n,h,w,i] = sum over (p,r), (q,s) with p stride + r - padding = h, q stride + s - padding = w,
//               and over o, of g[n,p,q,o] w[o,r,s,i]
// With a mask of the shape of gx, what it closes becomes 0: the ReLU that made x.
Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                            Conv2dGeometry geometry, const PositiveMask* mask = nullptr);

// The gradient with respect to the weight, of shape weight_shape:
// gw[o,r,s,i] = sum_{n,p,q} g[n,p,q,o] x[n, p stride + r - padding, q stride + s - padding, i]
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                              Conv2dGeometry geometry);

// What computes a convolution of these shapes, for reports: "jit_wino_4x3:avx512_core", say.
std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                  Conv2dGeometry geometry, Device device = Device::cpu);

}  // namespace backlight::kernels
