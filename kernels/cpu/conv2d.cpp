#include "kernels/conv2d.h"

#include <cstdio>
#include <cstring>
#include <mutex>

#include "kernels/cpu/naive_conv2d.h"
#include "kernels/cpu/onednn.h"

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

// The cotangent g must have the shape of the output.
void check_cotangent(const Tensor& g, const Shape& x, const Shape& weight,
                     Conv2dGeometry geometry) {
  check(x, weight, geometry);
  const Shape y{x[0], geometry.output_size(x[1], weight[1]), geometry.output_size(x[2], weight[2]),
                weight[0]};
  require(g.shape() == y, "conv2d: a cotangent of shape ", g.shape(), " does not fit an output of ",
          y);
}

void announce_plain_loops() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::fputs(
        "backlight: no oneDNN kernel for this convolution on this machine; it runs in plain "
        "loops, some fifty times slower\n",
        stderr);
  });
}

onednn::Problem forward_problem(const Shape& x, const Shape& w, Conv2dGeometry at, bool bias,
                                Activation activation) {
  return {x[1],
          x[2],
          x[3],
          w[0],
          w[1],
          w[2],
          at.stride,
          at.padding,
          at.padding,
          bias,
          activation == Activation::relu};
}

// g with stride - 1 zeros between its pixels: the cotangent of the convolution with stride 1 of
// which the strided one keeps every stride-th output. The zeros after the last pixel make up for
// the input rows that no window reached.
Tensor spread(const Tensor& g, std::int64_t height, std::int64_t width, std::int64_t stride) {
  if (stride == 1 && g.dim(1) == height && g.dim(2) == width) return g;
  const Tensor from = g.dense();
  Tensor out = Tensor::zeros({g.dim(0), height, width, g.dim(3)}, g.dtype());
  const std::size_t pixel = static_cast<std::size_t>(g.dim(3)) * size_of(g.dtype());
  std::byte* to = out.mutable_bytes();
  for (std::int64_t n = 0; n < g.dim(0); ++n)
    for (std::int64_t p = 0; p < g.dim(1); ++p)
      for (std::int64_t q = 0; q < g.dim(2); ++q)
        std::memcpy(
            to + static_cast<std::size_t>((n * height + p * stride) * width + q * stride) * pixel,
            from.bytes() + static_cast<std::size_t>((n * g.dim(1) + p) * g.dim(2) + q) * pixel,
            pixel);
  return out;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
              Activation activation) {
  check(x.shape(), weight.shape(), geometry);
  require(!bias.defined() || bias.shape() == Shape{weight.dim(0)}, "conv2d: a bias of shape ",
          bias.defined() ? bias.shape() : Shape{}, " does not fit weights of ", weight.shape());
  if (x.dtype() == DType::f32) {
    const auto convolution = onednn::find_convolution(
        forward_problem(x.shape(), weight.shape(), geometry, bias.defined(), activation),
        onednn::WeightUse::as_is);
    if (convolution)
      return convolution->run(x.in_layout(convolution->input_layout()), weight, bias);
    announce_plain_loops();
  }
  Tensor y({x.dim(0), geometry.output_size(x.dim(1), weight.dim(1)),
            geometry.output_size(x.dim(2), weight.dim(2)), weight.dim(0)},
           x.dtype());
  dispatch_floating(x.dtype(), "conv2d", [&](auto type) {
    naive::conv2d<decltype(type)>(x.dense(), weight, bias, geometry, activation, y);
  });
  return y;
}

Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                            Conv2dGeometry geometry) {
  check_cotangent(g, input_shape, weight.shape(), geometry);
  if (g.dtype() == DType::f32) {
    const std::int64_t kh = weight.dim(1), kw = weight.dim(2), pad = geometry.padding;
    const std::int64_t height = input_shape[1] + 2 * pad - kh + 1;
    const std::int64_t width = input_shape[2] + 2 * pad - kw + 1;
    const onednn::Problem problem{height, width,        g.dim(3),     input_shape[3], kh,   kw,
                                  1,      kh - 1 - pad, kh - 1 - pad, false,          false};
    const auto convolution =
        kh == kw ? onednn::find_convolution(problem, onednn::WeightUse::turned) : nullptr;
    if (convolution) {
      const Tensor cotangent = spread(g, height, width, geometry.stride);
      return convolution->run(cotangent.in_layout(convolution->input_layout()), weight, {});
    }
    announce_plain_loops();
  }
  Tensor gx(input_shape, g.dtype());
  dispatch_floating(g.dtype(), "conv2d_data_gradient", [&](auto type) {
    naive::conv2d_data_gradient<decltype(type)>(g.dense(), weight, geometry, gx);
  });
  return gx;
}

Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                              Conv2dGeometry geometry) {
  check_cotangent(g, x.shape(), weight_shape, geometry);
  if (x.dtype() == DType::f32) {
    if (Tensor gw = onednn::weight_gradient(x, g, weight_shape, geometry); gw.defined()) return gw;
    announce_plain_loops();
  }
  Tensor gw(weight_shape, x.dtype());
  dispatch_floating(x.dtype(), "conv2d_weight_gradient", [&](auto type) {
    naive::conv2d_weight_gradient<decltype(type)>(x.dense(), g.dense(), geometry, gw);
  });
  return gw;
}

std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                  Conv2dGeometry geometry) {
  const auto convolution = onednn::find_convolution(
      forward_problem(input_shape, weight_shape, geometry, true, Activation::relu),
      onednn::WeightUse::as_is);
  return convolution ? convolution->implementation() : "plain loops";
}

}  // namespace backlight::kernels
