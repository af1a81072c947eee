#include <cstdio>
#include <cstring>
#include <mutex>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/naive_conv2d.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/pooling.h"

namespace backlight::kernels {
namespace {

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

// oneDNN's convolution for these operands; null where it has none, which is then announced.
std::shared_ptr<const onednn::Convolution> find_forward(const Tensor& x, const Tensor& weight,
                                                        const Tensor& bias, Conv2dGeometry geometry,
                                                        Activation activation) {
  if (x.dtype() != DType::f32) return nullptr;
  auto convolution = onednn::find_convolution(
      forward_problem(x.shape(), weight.shape(), geometry, bias.defined(), activation),
      onednn::WeightUse::as_is);
  if (!convolution) announce_plain_loops();
  return convolution;
}

// The convolution and its pooling, an image at a time: a picture four times as large as the result
// lives no longer than it takes to pool it.
void pool_each(const onednn::Convolution& convolution, const Tensor& x, const Tensor& weight,
               const Tensor& bias, Conv2dGeometry geometry, PoolGeometry pool, bool keep,
               BlockOutput& out) {
  const Shape whole{x.dim(0), geometry.output_size(x.dim(1), weight.dim(1)),
                    geometry.output_size(x.dim(2), weight.dim(2)), weight.dim(0)};
  const Layout layout = convolution.output_layout();
  out.y = Tensor(pooled_shape(whole, pool), DType::f32, Device::cpu, layout);
  if (keep) out.index = new_pool_index(whole, layout, pool);
  convolution.run_each(x.in_layout(convolution.input_layout()), weight, bias,
                       [&](std::int64_t n, const Tensor& image) {
                         max_pool2d_into(image, pool, true, n, out.y, keep ? &out.index : nullptr);
                       });
}

}  // namespace

Tensor CpuBackend::conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          Conv2dGeometry geometry, Activation activation) const {
  if (const auto convolution = find_forward(x, weight, bias, geometry, activation))
    return convolution->run(x.in_layout(convolution->input_layout()), weight, bias);
  Tensor y({x.dim(0), geometry.output_size(x.dim(1), weight.dim(1)),
            geometry.output_size(x.dim(2), weight.dim(2)), weight.dim(0)},
           x.dtype());
  dispatch_floating(x.dtype(), "conv2d", [&](auto type) {
    naive::conv2d<decltype(type)>(x.dense(), weight, bias, geometry, activation, y);
  });
  return y;
}

BlockOutput CpuBackend::conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                     Conv2dGeometry geometry, const PoolGeometry* pool,
                                     bool keep) const {
  BlockOutput out;
  const bool one_by_one = pool && x.dim(0) > 1;
  const auto convolution =
      one_by_one ? find_forward(x, weight, bias, geometry, Activation::relu) : nullptr;
  if (convolution) {
    pool_each(*convolution, x, weight, bias, geometry, *pool, keep, out);
    return out;
  }
  out.y = conv2d(x, weight, bias, geometry, Activation::relu);
  if (pool)
    out.y = max_pool2d(out.y, *pool, keep ? &out.index : nullptr, true);
  else if (keep)
    out.open = positive_mask(out.y);
  return out;
}

namespace {

Tensor data_gradient(const Tensor& g, const Tensor& weight, const Shape& input_shape,
                     Conv2dGeometry geometry) {
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

}  // namespace

Tensor CpuBackend::conv2d_data_gradient(const Tensor& g, const Tensor& weight,
                                        const Shape& input_shape, Conv2dGeometry geometry,
                                        const PositiveMask* mask) const {
  const Tensor gx = data_gradient(g, weight, input_shape, geometry);
  return mask ? apply_mask(gx, *mask) : gx;
}

Tensor CpuBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& g,
                                          const Shape& weight_shape,
                                          Conv2dGeometry geometry) const {
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

std::string CpuBackend::conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                              Conv2dGeometry geometry) const {
  const auto convolution = onednn::find_convolution(
      forward_problem(input_shape, weight_shape, geometry, true, Activation::relu),
      onednn::WeightUse::as_is);
  return convolution ? convolution->implementation() : "plain loops";
}

}  // namespace backlight::kernels
