// The gradient of a convolution with respect to its input: a convolution of the cotangent by the
// turned weights.
#include "kernels/cuda/backend.h"
#include "kernels/cuda/conv2d_launch.cuh"
#include "kernels/cuda/hopper/hopper.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// turned[i, r, s, o] = w[o, window - 1 - r, window - 1 - s, i]
__global__ void turn_weights(const float* w, int out, int taps, int in, float* turned) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (at >= static_cast<std::int64_t>(out) * taps * in) return;
  const int o = static_cast<int>(at % out), tap = static_cast<int>(at / out % taps);
  const std::int64_t i = at / out / taps;
  turned[at] = w[(static_cast<std::int64_t>(o) * taps + taps - 1 - tap) * in + i];
}

// Made once for the contents of a weight tensor, and kept beside them.
std::shared_ptr<const Tensor> turned(const Tensor& weight) {
  const std::string key =
      str("turned for GPUs ", weight.shape(), " @", weight.address() - weight.storage().data());
  return weight.storage().attachment<Tensor>(key, [&] {
    const auto result =
        std::make_shared<Tensor>(Shape{weight.dim(3), weight.dim(1), weight.dim(2), weight.dim(0)},
                                 DType::f32, weight.device());
    const std::int64_t size = weight.numel();
    launch({.kernel = "turn_weights",
            .grid = dim3(static_cast<unsigned>((size + kThreads - 1) / kThreads)),
            .block = dim3(kThreads),
            .shapes = weight.shape().to_string(),
            .bytes = 2.0 * static_cast<double>(weight.nbytes())},
           turn_weights, weight.device_data<float>(), extent_of(weight.dim(0)),
           extent_of(weight.dim(1) * weight.dim(2)), extent_of(weight.dim(3)),
           result->mutable_device_data<float>());
    return result;
  });
}

}  // namespace

// gx[h] = sum over r of g[(h + padding - r) / stride] w[r], where the division leaves no rest. With
// r' = window - 1 - r this is a convolution with stride 1 by the turned weights, of g with
// stride - 1 zeros between its pixels: at h + r' - (window - 1 - padding).
Tensor GpuBackend::conv2d_data_gradient(const Tensor& g, const Tensor& weight,
                                        const Shape& input_shape, Conv2dGeometry geometry,
                                        const PositiveMask* mask) const {
  require_float32("conv2d", g);
  Tensor gx(input_shape, DType::f32, g.device());
  if (gx.numel() == 0) return gx;
  const std::shared_ptr<const Tensor> turned_weight = turned(weight);
  Convolution c = convolution_of({g.device_data<float>(), g.shape(),
                                  turned_weight->device_data<float>(), turned_weight->shape()},
                                 input_shape[1], input_shape[2]);
  c.spread = extent_of(geometry.stride);
  c.top = c.window_height - 1 - extent_of(geometry.padding);
  c.left = c.window_width - 1 - extent_of(geometry.padding);
  const ConvolutionOutput out{.y = gx.mutable_device_data<float>(),
                              .mask = mask ? mask->bits.device_data<std::uint8_t>() : nullptr};
  const std::string shapes = str("gradient for ", input_shape, " of ", weight.shape(), ", stride ",
                                 geometry.stride, ", padding ", geometry.padding);
  const int height = extent_of(input_shape[1]), width = extent_of(input_shape[2]);
  with_arithmetic([&](auto arithmetic) {
    using Arithmetic = decltype(arithmetic);
    if (!hopper::convolve<Arithmetic>({c, height, width, *turned_weight, out, shapes}))
      launch_convolution<Arithmetic>(c, out, shapes);
  });
  return gx;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
