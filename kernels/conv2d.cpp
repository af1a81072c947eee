#include "kernels/conv2d.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check(const Shape& x, const Shape& weight, Conv2dGeometry geometry) {
  require(x.rank() == 4 && weight.rank() == 4, "conv2d wants [N,H,W,C] and [O,KH,KW,I], not ", x,
          " and ", weight);
  require(x[3] == weight[3], "conv2d: an input of ", x[3], " channels does not fit weights of ",
          weight[3]);
  require(geometry.stride >= 1 && geometry.padding >= 0, "conv2d: stride ", geometry.stride,
          " and padding ", geometry.padding, " make no sense");
  require(geometry.padding < weight[1] && geometry.padding < weight[2], "conv2d: padding ",
          geometry.padding, " is not smaller than the window of ", weight);
  require(x[1] + 2 * geometry.padding >= weight[1] && x[2] + 2 * geometry.padding >= weight[2],
          "conv2d: a window of ", weight, " is larger than the padded input ", x);
}

void check_forward(const Tensor& x, const Tensor& weight, const Tensor& bias,
                   Conv2dGeometry geometry) {
  check(x.shape(), weight.shape(), geometry);
  require(!bias.defined() || bias.shape() == Shape{weight.dim(0)}, "conv2d: a bias of shape ",
          bias.defined() ? bias.shape() : Shape{}, " does not fit weights of ", weight.shape());
  require(x.dtype() == weight.dtype() && (!bias.defined() || x.dtype() == bias.dtype()),
          "conv2d of ", name_of(x.dtype()), " with weights of ", name_of(weight.dtype()));
  require_same_device("conv2d", {&x, &weight, &bias});
}

// The cotangent g must have the shape of the output.
void check_cotangent(const Tensor& g, const Shape& x, const Shape& weight,
                     Conv2dGeometry geometry) {
  check(x, weight, geometry);
  const Shape y{x[0], geometry.output_size(x[1], weight[1]), geometry.output_size(x[2], weight[2]),
                weight[0]};
  require(g.shape() == y, "conv2d: a cotangent of shape ", g.shape(), " does not fit an output of ",
          y);
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
              Activation activation) {
  check_forward(x, weight, bias, geometry);
  return backend_of(x).conv2d(x, weight, bias, geometry, activation);
}

BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Conv2dGeometry geometry, const PoolGeometry* pool, bool keep) {
  check_forward(x, weight, bias, geometry);
  if (pool) {
    const std::int64_t height = geometry.output_size(x.dim(1), weight.dim(1));
    const std::int64_t width = geometry.output_size(x.dim(2), weight.dim(2));
    (void)pooled_shape({x.dim(0), height, width, weight.dim(0)}, *pool);
  }
  return backend_of(x).conv2d_block(x, weight, bias, geometry, pool, keep);
}

Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                            Conv2dGeometry geometry, const PositiveMask* mask) {
  check_cotangent(g, input_shape, weight.shape(), geometry);
  require_same_device("conv2d", {&g, &weight});
  require(!mask || mask->shape == input_shape, "conv2d: a mask does not fit an input of ",
          input_shape);
  return backend_of(g).conv2d_data_gradient(g, weight, input_shape, geometry, mask);
}

Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                              Conv2dGeometry geometry) {
  check_cotangent(g, x.shape(), weight_shape, geometry);
  require_same_device("conv2d", {&x, &g});
  return backend_of(x).conv2d_weight_gradient(x, g, weight_shape, geometry);
}

std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                  Conv2dGeometry geometry, Device device) {
  return backend_of(device).conv2d_implementation(input_shape, weight_shape, geometry);
}

}  // namespace backlight::kernels
