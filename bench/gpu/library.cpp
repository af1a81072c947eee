#include "bench/gpu/library.h"

#include <memory>

#include "bench/gpu/compare.h"
#ifdef BACKLIGHT_HAS_CUBLAS
#include "kernels/vendor/cublas.h"
#endif
#ifdef BACKLIGHT_HAS_CUDNN
#include "kernels/vendor/bf16.h"
#include "kernels/vendor/tuning.h"
#endif

namespace backlight::bench {

#ifdef BACKLIGHT_HAS_CUDNN
namespace {

using kernels::vendor::Direction;

Tensor bf16_normal(const Shape& shape, double scale, std::uint64_t seed) {
  const Tensor values = normal(shape, scale, seed);
  Tensor narrow({2 * shape.numel()}, DType::u8, Device::cuda);
  kernels::vendor::narrow_to_bf16(values.device_data<float>(), shape.numel(),
                                  narrow.mutable_address(), shape.numel());
  return narrow;
}

Direction direction_of(Gradient gradient) {
  if (gradient == Gradient::none) return Direction::forward;
  return gradient == Gradient::data ? Direction::data_gradient : Direction::weight_gradient;
}

}  // namespace

LibraryCall cudnn_in_bf16(Gradient gradient, const Shape& x, const Shape& weight,
                          kernels::Conv2dGeometry geometry) {
  const kernels::vendor::ConvolutionProblem problem{direction_of(gradient),   x,   weight, geometry,
                                                    kernels::Precision::bf16, true};
  const Shape y = problem.y();
  const Shape& first = gradient == Gradient::data ? y : x;
  const Shape& second = gradient == Gradient::weight ? y : weight;
  const Shape& result = gradient == Gradient::none ? y : gradient == Gradient::data ? x : weight;
  const double bytes = 2.0 * static_cast<double>(first.numel() + second.numel() + result.numel());
  const auto rotation = [&](const Shape& shape, std::uint64_t seed) {
    return std::make_shared<Rotation>(bytes, [&](std::int64_t number) {
      return bf16_normal(shape, 0.1, seed + static_cast<std::uint64_t>(number));
    });
  };
  const auto firsts = rotation(first, 100), seconds = rotation(second, 200);
  const auto results = rotation(result, 300);
  const auto operands = [=](std::int64_t round) {
    Tensor target = (*results)[round];
    return kernels::vendor::ConvolutionOperands{
        (*firsts)[round].address(), (*seconds)[round].address(), target.mutable_address()};
  };
  const auto* const found = kernels::vendor::find_convolution(problem, operands(0));
  if (!found) return {};
  return [=](std::int64_t round) { found->run(operands(round)); };
}
#else
LibraryCall cudnn_in_bf16(Gradient, const Shape&, const Shape&, kernels::Conv2dGeometry) {
  return {};
}
#endif

#ifdef BACKLIGHT_HAS_CUBLAS
LibraryCall whole_gemm(const std::function<const Tensor&(std::int64_t)>& a, const Tensor& b,
                       bool transpose_b) {
  const Tensor& first = a(0);
  const std::int64_t m = first.dim(0), k = first.dim(1), n = b.dim(!transpose_b);
  const auto c = std::make_shared<Tensor>(Shape{m, n}, DType::f32, Device::cuda);
  return [=](std::int64_t round) {
    kernels::vendor::gemm({m, n, k, false, transpose_b, k, kernels::precision()},
                          a(round).device_data<float>(), b.device_data<float>(),
                          c->mutable_device_data<float>());
  };
}
#else
LibraryCall whole_gemm(const std::function<const Tensor&(std::int64_t)>&, const Tensor&, bool) {
  return {};
}
#endif

}  // namespace backlight::bench
