// Convolution, alone and with what follows it.
#include "kernels/cuda/backend.h"
#include "kernels/cuda/conv2d_launch.cuh"
#include "kernels/cuda/hopper/hopper.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

std::string describe(const Shape& x, const Shape& weight, Conv2dGeometry geometry) {
  return str(x, " by ", weight, ", stride ", geometry.stride, ", padding ", geometry.padding);
}

Shape output_shape(const Shape& x, const Shape& weight, Conv2dGeometry geometry) {
  return {x[0], geometry.output_size(x[1], weight[1]), geometry.output_size(x[2], weight[2]),
          weight[0]};
}

void convolve(const Tensor& x, const Tensor& weight, Conv2dGeometry geometry, bool windows,
              const ConvolutionOutput& out) {
  const Convolution c = forward_convolution(
      {x.device_data<float>(), x.shape(), weight.device_data<float>(), weight.shape()}, geometry,
      windows);
  if (c.pixels == 0) return;
  const std::string shapes = describe(x.shape(), weight.shape(), geometry);
  const Shape y = output_shape(x.shape(), weight.shape(), geometry);
  with_arithmetic([&](auto arithmetic) {
    using Arithmetic = decltype(arithmetic);
    if (!hopper::convolve<Arithmetic>({c, extent_of(y[1]), extent_of(y[2]), weight, out, shapes}))
      launch_convolution<Arithmetic>(c, out, shapes);
  });
}

const float* data_of(const Tensor& bias) {
  return bias.defined() ? bias.device_data<float>() : nullptr;
}

// Whether the pooling can be done while the product is written: in 2x2 windows that tile it.
bool pools_in_windows(const Shape& y, PoolGeometry pool) {
  return pool.window == 2 && pool.stride == 2 && y[1] % 2 == 0 && y[2] % 2 == 0;
}

}  // namespace

Tensor GpuBackend::conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          Conv2dGeometry geometry, Activation activation) const {
  require_float32("conv2d", x);
  Tensor y(output_shape(x.shape(), weight.shape(), geometry), DType::f32, x.device());
  convolve(x, weight, geometry, false,
           {.y = y.mutable_device_data<float>(),
            .bias = data_of(bias),
            .relu = activation == Activation::relu});
  return y;
}

BlockOutput GpuBackend::conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                     Conv2dGeometry geometry, const PoolGeometry* pool,
                                     bool keep) const {
  require_float32("conv2d", x);
  const Shape shape = output_shape(x.shape(), weight.shape(), geometry);
  BlockOutput out;
  if (pool && pools_in_windows(shape, *pool)) {
    const Shape pooled = pooled_shape(shape, *pool);
    out.y = Tensor(pooled, DType::f32, x.device());
    if (keep) out.index = {Tensor(pooled, DType::u8, x.device()), *pool, shape};
    convolve(x, weight, geometry, true,
             {.y = out.y.mutable_device_data<float>(),
              .bias = data_of(bias),
              .relu = true,
              .position = keep ? out.index.position.mutable_device_data<std::uint8_t>() : nullptr});
  } else if (keep && !pool && shape[3] % 8 == 0) {
    out.y = Tensor(shape, DType::f32, x.device());
    out.open = {Tensor({shape.numel() / 8}, DType::u8, x.device()), shape};
    convolve(x, weight, geometry, false,
             {.y = out.y.mutable_device_data<float>(),
              .bias = data_of(bias),
              .relu = true,
              .open = out.open.bits.mutable_device_data<std::uint8_t>()});
  } else {
    out.y = conv2d(x, weight, bias, geometry, Activation::relu);
    if (pool)
      out.y = max_pool2d(out.y, *pool, keep ? &out.index : nullptr, true);
    else if (keep)
      out.open = positive_mask(out.y);
  }
  return out;
}

std::string GpuBackend::conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                              Conv2dGeometry geometry) const {
  const Convolution c =
      forward_convolution({nullptr, input_shape, nullptr, weight_shape}, geometry);
  const Shape y = output_shape(input_shape, weight_shape, geometry);
  const ChosenTile tile = choose_tile(c);
  std::string name;
  with_arithmetic([&](auto arithmetic) {
    name = hopper::describe<decltype(arithmetic)>(
        {c, extent_of(y[1]), extent_of(y[2]), Tensor(), ConvolutionOutput(), ""});
    if (name.empty())
      name = str("mma.sync implicit GEMM ", tile.rows, "x", tile.columns, "x", kDepth);
    name += str(", ", arithmetic.kName);
  });
  return name;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
