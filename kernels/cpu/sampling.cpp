#include "kernels/sampling.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

// How much of a pixel is in a sample that lies this far from it, along one axis.
double share(double distance) { return std::max(0.0, 1.0 - std::abs(distance)); }

double row_of(const AffineMap& m, std::int64_t p, std::int64_t q) {
  return m.row_p * static_cast<double>(p) + m.row_q * static_cast<double>(q) + m.row_0;
}
double column_of(const AffineMap& m, std::int64_t p, std::int64_t q) {
  return m.column_p * static_cast<double>(p) + m.column_q * static_cast<double>(q) + m.column_0;
}

// The samples whose places lie within one pixel of a pixel, or a few more: what the inverse of the
// map makes of that square fits between these rows and columns.
class Neighbours {
 public:
  explicit Neighbours(const AffineMap& m)
      : m_(m),
        reach_p_((std::abs(m.column_q) + std::abs(m.row_q)) / std::abs(m.determinant()) + kSlack),
        reach_q_((std::abs(m.column_p) + std::abs(m.row_p)) / std::abs(m.determinant()) + kSlack) {}

  // Calls f(p, q) for them, row by row, of samples of this size.
  template <typename F>
  void visit(std::int64_t i, std::int64_t j, std::int64_t height, std::int64_t width, F&& f) const {
    const double down = static_cast<double>(i) - m_.row_0;
    const double right = static_cast<double>(j) - m_.column_0;
    const double p0 = (m_.column_q * down - m_.row_q * right) / m_.determinant();
    const double q0 = (m_.row_p * right - m_.column_p * down) / m_.determinant();
    const std::int64_t last_p = below(p0 + reach_p_, height), last_q = below(q0 + reach_q_, width);
    for (std::int64_t p = from_zero(p0 - reach_p_); p <= last_p; ++p)
      for (std::int64_t q = from_zero(q0 - reach_q_); q <= last_q; ++q) f(p, q);
  }

 private:
  static constexpr double kSlack = 1e-6;  // far above the rounding of the places
  static constexpr double kFarAway = 1e15;

  static std::int64_t from_zero(double place) {
    return static_cast<std::int64_t>(std::ceil(std::clamp(place, 0.0, kFarAway)));
  }
  static std::int64_t below(double place, std::int64_t count) {
    return static_cast<std::int64_t>(
        std::floor(std::clamp(place, -1.0, static_cast<double>(count - 1))));
  }

  AffineMap m_;
  double reach_p_, reach_q_;
};

}  // namespace

Tensor CpuBackend::sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                                 std::int64_t width) const {
  const Tensor from = x.dense();
  const std::int64_t in_height = x.dim(1), in_width = x.dim(2), channels = x.dim(3);
  Tensor y({x.dim(0), height, width, channels}, x.dtype());
  dispatch_floating(x.dtype(), "sample_affine", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    // One of the four pixels around a place, if it is on the picture.
    const auto add_pixel = [&](std::int64_t n, std::int64_t i, std::int64_t j, double row,
                               double column, T* pixel) {
      if (i < 0 || i >= in_height || j < 0 || j >= in_width) return;
      const T weight = static_cast<T>(share(row - static_cast<double>(i)) *
                                      share(column - static_cast<double>(j)));
      const T* source = in + ((n * in_height + i) * in_width + j) * channels;
      for (std::int64_t c = 0; c < channels; ++c) pixel[c] += weight * source[c];
    };
    parallel_for(x.dim(0) * height, [&](std::int64_t line) {
      const std::int64_t n = line / height, p = line % height;
      for (std::int64_t q = 0; q < width; ++q) {
        T* pixel = out + (line * width + q) * channels;
        std::fill_n(pixel, channels, T{0});
        const double row = row_of(map, p, q), column = column_of(map, p, q);
        if (!(row > -1 && row < static_cast<double>(in_height) && column > -1 &&
              column < static_cast<double>(in_width)))
          continue;
        const auto i = static_cast<std::int64_t>(std::floor(row));
        const auto j = static_cast<std::int64_t>(std::floor(column));
        for (const std::int64_t down : {0, 1})
          for (const std::int64_t right : {0, 1})
            add_pixel(n, i + down, j + right, row, column, pixel);
      }
    });
  });
  return y;
}

// Each pixel of the picture asks the samples near it: no two threads write to one place.
Tensor CpuBackend::sample_affine_gradient(const Tensor& g, const AffineMap& map,
                                          const Shape& input_shape) const {
  const Tensor from = g.dense();
  const std::int64_t height = g.dim(1), width = g.dim(2), channels = g.dim(3);
  const std::int64_t in_height = input_shape[1], in_width = input_shape[2];
  Tensor whole(input_shape, g.dtype());
  const Neighbours neighbours(map);
  dispatch_floating(g.dtype(), "sample_affine_gradient", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = whole.mutable_data<T>();
    parallel_for(input_shape[0] * in_height, [&](std::int64_t line) {
      const std::int64_t n = line / in_height, i = line % in_height;
      for (std::int64_t j = 0; j < in_width; ++j) {
        T* pixel = out + (line * in_width + j) * channels;
        std::fill_n(pixel, channels, T{0});
        neighbours.visit(i, j, height, width, [&](std::int64_t p, std::int64_t q) {
          const T weight = static_cast<T>(share(row_of(map, p, q) - static_cast<double>(i)) *
                                          share(column_of(map, p, q) - static_cast<double>(j)));
          if (weight == 0) return;
          const T* sample = in + ((n * height + p) * width + q) * channels;
          for (std::int64_t c = 0; c < channels; ++c) pixel[c] += weight * sample[c];
        });
      }
    });
  });
  return whole;
}

}  // namespace backlight::kernels
