// Convolutions in plain loops, in any floating-point type: the definition, the oracle of the tests,
// and what runs in float64 or where oneDNN is missing. Used by conv2d.cpp.
#pragma once

#include "kernels/conv2d.h"
#include "kernels/parallel.h"

namespace backlight::kernels::naive {

// Calls f(input row, weight row) for every window element of output (p, q) that lies in the image.
template <typename F>
void for_window(std::int64_t p, std::int64_t q, const Shape& x, const Shape& w, Conv2dGeometry at,
                F&& f) {
  for (std::int64_t r = 0; r < w[1]; ++r) {
    const std::int64_t h = p * at.stride + r - at.padding;
    if (h < 0 || h >= x[1]) continue;
    for (std::int64_t s = 0; s < w[2]; ++s) {
      const std::int64_t v = q * at.stride + s - at.padding;
      if (v >= 0 && v < x[2]) f(h * x[2] + v, r * w[2] + s);
    }
  }
}

template <typename T>
void conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry at,
            Activation activation, Tensor& y) {
  const std::int64_t in = x.dim(3), out = y.dim(3), columns = y.dim(2);
  const std::int64_t taps = weight.dim(1) * weight.dim(2), image = x.dim(1) * x.dim(2);
  const T *px = x.data<T>(), *pw = weight.data<T>();
  const T* pb = bias.defined() ? bias.data<T>() : nullptr;
  T* py = y.mutable_data<T>();
  parallel_for(y.dim(0) * y.dim(1), [&](std::int64_t row) {
    const std::int64_t n = row / y.dim(1), p = row % y.dim(1);
    for (std::int64_t q = 0; q < columns; ++q) {
      for (std::int64_t o = 0; o < out; ++o) {
        T sum = pb ? pb[o] : T{0};
        for_window(p, q, x.shape(), weight.shape(), at, [&](std::int64_t pixel, std::int64_t tap) {
          const T* a = px + (n * image + pixel) * in;
          const T* b = pw + (o * taps + tap) * in;
          for (std::int64_t i = 0; i < in; ++i) sum += a[i] * b[i];
        });
        if (activation == Activation::relu && sum < T{0}) sum = T{0};
        py[(row * columns + q) * out + o] = sum;
      }
    }
  });
}

template <typename T>
void conv2d_data_gradient(const Tensor& g, const Tensor& weight, Conv2dGeometry at, Tensor& gx) {
  const std::int64_t in = gx.dim(3), out = g.dim(3), rows = g.dim(1), columns = g.dim(2);
  const std::int64_t taps = weight.dim(1) * weight.dim(2), image = gx.dim(1) * gx.dim(2);
  const T *pg = g.data<T>(), *pw = weight.data<T>();
  T* px = gx.mutable_data<T>();
  std::fill_n(px, gx.numel(), T{0});
  parallel_for(g.dim(0), [&](std::int64_t n) {
    for (std::int64_t p = 0; p < rows; ++p)
      for (std::int64_t q = 0; q < columns; ++q)
        for_window(p, q, gx.shape(), weight.shape(), at, [&](std::int64_t pixel, std::int64_t tap) {
          T* a = px + (n * image + pixel) * in;
          for (std::int64_t o = 0; o < out; ++o) {
            const T cotangent = pg[((n * rows + p) * columns + q) * out + o];
            const T* b = pw + (o * taps + tap) * in;
            for (std::int64_t i = 0; i < in; ++i) a[i] += cotangent * b[i];
          }
        });
  });
}

template <typename T>
void conv2d_weight_gradient(const Tensor& x, const Tensor& g, Conv2dGeometry at, Tensor& gw) {
  const std::int64_t in = x.dim(3), out = g.dim(3), rows = g.dim(1), columns = g.dim(2);
  const std::int64_t taps = gw.dim(1) * gw.dim(2), image = x.dim(1) * x.dim(2);
  const T *px = x.data<T>(), *pg = g.data<T>();
  T* pw = gw.mutable_data<T>();
  std::fill_n(pw, gw.numel(), T{0});
  parallel_for(out, [&](std::int64_t o) {
    for (std::int64_t n = 0; n < x.dim(0); ++n)
      for (std::int64_t p = 0; p < rows; ++p)
        for (std::int64_t q = 0; q < columns; ++q) {
          const T cotangent = pg[((n * rows + p) * columns + q) * out + o];
          for_window(p, q, x.shape(), gw.shape(), at, [&](std::int64_t pixel, std::int64_t tap) {
            const T* a = px + (n * image + pixel) * in;
            T* b = pw + (o * taps + tap) * in;
            for (std::int64_t i = 0; i < in; ++i) b[i] += cotangent * a[i];
          });
        }
  });
}

}  // namespace backlight::kernels::naive
