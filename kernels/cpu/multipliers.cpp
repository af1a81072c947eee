#include "kernels/multipliers.h"

#include <cmath>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/channel_view.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

template <typename T>
T rectified(T v) {
  return v < T{0} ? T{0} : v;
}

}  // namespace

// The batch axis is outermost in every layout: row n begins n rows after row 0.
Tensor CpuBackend::relu_multipliers(const Tensor& g, const Tensor& x, double threshold) const {
  const Tensor cotangents = g.in_layout(x.layout());
  Tensor m(x.shape(), x.dtype(), x.device(), x.layout());
  const std::int64_t rows = x.dim(0), row = rows ? x.numel() / rows : 0;
  dispatch_floating(x.dtype(), "relu_multipliers", [&](auto type) {
    using T = decltype(type);
    const T limit = static_cast<T>(threshold);
    const T *first = x.data<T>(), *all_g = cotangents.data<T>();
    T* out = m.mutable_data<T>();
    parallel_ranges(row, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const T *xn = first + n * row, *gn = all_g + n * row;
        for (std::int64_t i = begin; i < end; ++i) {
          const T dx = first[i] - xn[i], dy = rectified(first[i]) - rectified(xn[i]);
          const T gradient = xn[i] > T{0} ? T{1} : T{0};
          out[n * row + i] = gn[i] * (std::abs(dx) > limit ? dy / dx : gradient);
        }
      }
    });
  });
  return m;
}

PoolMultipliers CpuBackend::max_pool2d_multipliers(const Tensor& g, const Tensor& x,
                                                   const PoolIndex& index, double threshold,
                                                   double at_ties) const {
  const Layout layout = index.position.layout();
  const Tensor from = x.in_layout(layout), cotangents = g.in_layout(layout);
  PoolMultipliers m{Tensor(g.shape(), g.dtype(), g.device(), layout), index};
  m.index.position = Tensor(g.shape(), DType::u8, g.device(), layout);
  const ChannelView view(from), pooled(cotangents);
  const std::int64_t width = x.dim(2), out_width = g.dim(2);
  const PoolGeometry at = index.geometry;
  const std::int64_t row = view.blocks * view.pixels * view.lanes;
  const std::int64_t pooled_row = pooled.blocks * pooled.pixels * pooled.lanes;
  const std::uint8_t* own = index.position.data<std::uint8_t>();
  std::uint8_t* place = m.index.position.mutable_data<std::uint8_t>();
  dispatch_floating(x.dtype(), "max_pool2d_multipliers", [&](auto type) {
    using T = decltype(type);
    const T limit = static_cast<T>(threshold), tie = static_cast<T>(at_ties);
    const T *in = from.data<T>(), *gs = cotangents.data<T>();
    T* out = m.values.mutable_data<T>();
    const auto offset = [&](std::uint8_t position) {
      return (position / at.window * width + position % at.window) * view.lanes;
    };
    // Of pooled element k of an image, in the window that begins at element `corner`.
    const auto set = [&](std::int64_t n, std::int64_t k, std::int64_t corner) {
      const std::int64_t here = n * pooled_row + k;
      const T *first = in + corner, *xn = first + n * row;
      const T dy = first[offset(own[k])] - xn[offset(own[here])];
      const std::uint8_t where = dy > T{0} ? own[k] : own[here];
      const T dx = first[offset(where)] - xn[offset(where)];
      const T gradient = where == own[here] ? tie : T{0};
      out[here] = gs[here] * (std::abs(dx) > limit ? dy / dx : gradient);
      place[here] = where;
    };
    parallel_for(pooled.images * pooled.blocks, [&](std::int64_t plane) {
      const std::int64_t n = plane / pooled.blocks, block = plane % pooled.blocks;
      for (std::int64_t pixel = 0; pixel < pooled.pixels; ++pixel) {
        const std::int64_t p = pixel / out_width, q = pixel % out_width;
        const std::int64_t corner =
            (block * view.pixels + p * at.stride * width + q * at.stride) * view.lanes;
        for (std::int64_t l = 0; l < view.lanes; ++l)
          set(n, (block * pooled.pixels + pixel) * view.lanes + l, corner + l);
      }
    });
  });
  return m;
}

}  // namespace backlight::kernels
