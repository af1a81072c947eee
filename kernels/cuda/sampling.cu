// Sampling under an affine map, and its transpose. A thread has one element of the result. Places
// are computed in double, as on the processor: a float knows a pixel of a large picture to a
// thousandth only.
#include "kernels/sampling.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/pictures.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// How much of a pixel is in a sample that lies this far from it, along one axis.
__device__ __forceinline__ double share(double distance) { return max(0.0, 1.0 - fabs(distance)); }

__device__ __forceinline__ double row_of(const AffineMap& m, std::int64_t p, std::int64_t q) {
  return m.row_p * static_cast<double>(p) + m.row_q * static_cast<double>(q) + m.row_0;
}
__device__ __forceinline__ double column_of(const AffineMap& m, std::int64_t p, std::int64_t q) {
  return m.column_p * static_cast<double>(p) + m.column_q * static_cast<double>(q) + m.column_0;
}

template <typename Index>
__global__ void __launch_bounds__(kThreads)
    sample_affine_kernel(const float* __restrict__ x, float* __restrict__ y, std::int64_t count,
                         Extents picture, Extents sampled, AffineMap map) {
  const std::int64_t element = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (element >= count) return;
  const Place<Index> at(static_cast<Index>(element), sampled);
  const double row = row_of(map, at.i, at.j), column = column_of(map, at.i, at.j);
  float sum = 0;
  if (row > -1 && row < static_cast<double>(picture.height) && column > -1 &&
      column < static_cast<double>(picture.width)) {
    const auto top = static_cast<std::int64_t>(floor(row));
    const auto left = static_cast<std::int64_t>(floor(column));
#pragma unroll
    for (int corner = 0; corner < 4; ++corner) {
      const std::int64_t i = top + corner / 2, j = left + corner % 2;
      if (i < 0 || i >= picture.height || j < 0 || j >= picture.width) continue;
      const auto weight = static_cast<float>(share(row - static_cast<double>(i)) *
                                             share(column - static_cast<double>(j)));
      sum += weight * x[picture.index(at.n, i, j, at.c)];
    }
  }
  y[element] = sum;
}

// The samples whose places lie within one pixel of a pixel, or a few more: reach_p and reach_q are
// half the sides of the box around what the inverse of the map makes of that square.
struct Reach {
  double p, q;
};

template <typename Index>
__global__ void __launch_bounds__(kThreads)
    sample_affine_gradient_kernel(const float* __restrict__ g, float* __restrict__ whole,
                                  std::int64_t count, Extents picture, Extents sampled,
                                  AffineMap map, double determinant, Reach reach) {
  const std::int64_t element = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (element >= count) return;
  const Place<Index> at(static_cast<Index>(element), picture);
  const double down = static_cast<double>(at.i) - map.row_0;
  const double right = static_cast<double>(at.j) - map.column_0;
  const double p0 = (map.column_q * down - map.row_q * right) / determinant;
  const double q0 = (map.row_p * right - map.column_p * down) / determinant;
  const auto last_row = static_cast<double>(sampled.height - 1);
  const auto last_column = static_cast<double>(sampled.width - 1);
  // Bounds are brought near the samples before they become integers.
  const auto last_p = static_cast<std::int64_t>(floor(min(max(p0 + reach.p, -1.0), last_row)));
  const auto last_q = static_cast<std::int64_t>(floor(min(max(q0 + reach.q, -1.0), last_column)));
  const auto first_p = static_cast<std::int64_t>(ceil(min(max(p0 - reach.p, 0.0), last_row + 1)));
  const auto first_q =
      static_cast<std::int64_t>(ceil(min(max(q0 - reach.q, 0.0), last_column + 1)));
  float sum = 0;
  for (std::int64_t p = first_p; p <= last_p; ++p)
    for (std::int64_t q = first_q; q <= last_q; ++q) {
      const auto weight =
          static_cast<float>(share(row_of(map, p, q) - static_cast<double>(at.i)) *
                             share(column_of(map, p, q) - static_cast<double>(at.j)));
      if (weight != 0) sum += weight * g[sampled.index(at.n, p, q, at.c)];
    }
  whole[element] = sum;
}

Reach reach_of(const AffineMap& m) {
  constexpr double kSlack = 1e-6;  // far above the rounding of the places
  const double size = std::abs(m.determinant());
  return {(std::abs(m.column_q) + std::abs(m.row_q)) / size + kSlack,
          (std::abs(m.column_p) + std::abs(m.row_p)) / size + kSlack};
}

constexpr double kFlopOfElement = 40;  // the place, four weights and their sum

}  // namespace

Tensor GpuBackend::sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                                 std::int64_t width) const {
  require_float32("sample_affine", x);
  Tensor y({x.dim(0), height, width, x.dim(3)}, DType::f32, x.device());
  if (y.numel() == 0) return y;
  with_index(std::max(x.numel(), y.numel()), [&](auto index) {
    launch({.kernel = "sample_affine",
            .grid = blocks_for(y.numel(), kThreads),
            .block = dim3(kThreads),
            .shapes = str(x.shape(), " to ", y.shape()),
            .flop = kFlopOfElement * static_cast<double>(y.numel()),
            .bytes = bytes_of({&x, &y})},
           sample_affine_kernel<decltype(index)>, x.device_data<float>(),
           y.mutable_device_data<float>(), y.numel(), extents_of(x.shape()), extents_of(y.shape()),
           map);
  });
  return y;
}

Tensor GpuBackend::sample_affine_gradient(const Tensor& g, const AffineMap& map,
                                          const Shape& input_shape) const {
  require_float32("sample_affine_gradient", g);
  Tensor whole(input_shape, DType::f32, g.device());
  if (whole.numel() == 0) return whole;
  with_index(std::max(whole.numel(), g.numel()), [&](auto index) {
    launch({.kernel = "sample_affine_gradient",
            .grid = blocks_for(whole.numel(), kThreads),
            .block = dim3(kThreads),
            .shapes = str(g.shape(), " to ", input_shape),
            .flop = kFlopOfElement * static_cast<double>(whole.numel()),
            .bytes = bytes_of({&g, &whole})},
           sample_affine_gradient_kernel<decltype(index)>, g.device_data<float>(),
           whole.mutable_device_data<float>(), whole.numel(), extents_of(input_shape),
           extents_of(g.shape()), map, map.determinant(), reach_of(map));
  });
  return whole;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
