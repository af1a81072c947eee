#include "kernels/pooling.h"

#include <cmath>

#include "kernels/cpu/channel_view.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

Shape pooled_shape(const Shape& x, PoolGeometry at) {
  require(x.rank() == 4, "max_pool2d wants [N,H,W,C], not ", x);
  require(at.window >= 1 && at.window <= 15 && at.stride >= 1, "max_pool2d: a window of ",
          at.window, " with stride ", at.stride, " is not supported; use a window of 1 to 15");
  require(x[1] >= at.window && x[2] >= at.window, "max_pool2d: a window of ", at.window,
          " is larger than the input ", x);
  return {x[0], (x[1] - at.window) / at.stride + 1, (x[2] - at.window) / at.stride + 1, x[3]};
}

// The extents of a pooling over one layout, and where things lie in it.
struct Windows {
  ChannelView view;
  std::int64_t width, out_height, out_width;
  PoolGeometry at;

  Windows(const Tensor& x, const Shape& y, PoolGeometry geometry)
      : view(x), width(x.dim(2)), out_height(y[1]), out_width(y[2]), at(geometry) {}

  std::int64_t planes() const { return view.images * view.blocks; }
  // First lane of the pixel at the top left of window (p, q) of a plane.
  std::int64_t corner(std::int64_t plane, std::int64_t p, std::int64_t q) const {
    return (plane * view.pixels + p * at.stride * width + q * at.stride) * view.lanes;
  }
  // First lane of pooled pixel (p, q) of a plane.
  std::int64_t pooled(std::int64_t plane, std::int64_t p, std::int64_t q) const {
    return ((plane * out_height + p) * out_width + q) * view.lanes;
  }
  // Distance from a window's corner to its element at `position`.
  std::int64_t offset(std::int64_t position) const {
    return (position / at.window * width + position % at.window) * view.lanes;
  }
};

// The maxima of one window, for all lanes of a pixel.
template <typename T>
void pool_pixel(const Windows& w, const T* corner, T* best, std::uint8_t* position) {
  const std::int64_t lanes = w.view.lanes;
  for (std::int64_t l = 0; l < lanes; ++l) {
    best[l] = corner[l];
    position[l] = 0;
  }
  for (std::int64_t k = 1; k < w.at.window * w.at.window; ++k) {
    const T* candidate = corner + w.offset(k);
    for (std::int64_t l = 0; l < lanes; ++l) {
      const bool wins = candidate[l] > best[l] || (candidate[l] != candidate[l] && best[l] == best[l]);
      best[l] = wins ? candidate[l] : best[l];
      position[l] = wins ? static_cast<std::uint8_t>(k) : position[l];
    }
  }
}

}  // namespace

Tensor max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index, bool after_relu) {
  const Shape shape = pooled_shape(x.shape(), geometry);
  Tensor y(shape, x.dtype(), x.device(), x.layout());
  Tensor position(shape, DType::u8, x.device(), x.layout());
  const Windows w(x, shape, geometry);
  std::uint8_t* where = position.mutable_data<std::uint8_t>();
  dispatch_floating(x.dtype(), "max_pool2d", [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    T* out = y.mutable_data<T>();
    parallel_for(w.planes() * w.out_height, [&](std::int64_t row) {
      const std::int64_t plane = row / w.out_height, p = row % w.out_height;
      for (std::int64_t q = 0; q < w.out_width; ++q) {
        const std::int64_t at = w.pooled(plane, p, q);
        pool_pixel(w, in + w.corner(plane, p, q), out + at, where + at);
        if (after_relu)
          for (std::int64_t l = at; l < at + w.view.lanes; ++l)
            if (out[l] <= T{0}) where[l] = kNowhere;
      }
    });
  });
  if (index) *index = {position, geometry, x.shape()};
  return y;
}

namespace {

// Calls f(index of the pooled element, index of the element it was picked from) for one image at
// a time; images run in parallel, windows of an image in order (they may overlap).
template <typename F>
void for_picked(const Tensor& whole, const PoolIndex& index, F&& f) {
  const Windows w(whole, index.position.shape(), index.geometry);
  const std::uint8_t* where = index.position.data<std::uint8_t>();
  parallel_for(w.planes(), [&](std::int64_t plane) {
    for (std::int64_t p = 0; p < w.out_height; ++p)
      for (std::int64_t q = 0; q < w.out_width; ++q) {
        const std::int64_t at = w.pooled(plane, p, q), corner = w.corner(plane, p, q);
        for (std::int64_t l = 0; l < w.view.lanes; ++l)
          if (where[at + l] != kNowhere) f(at + l, corner + w.offset(where[at + l]) + l);
      }
  });
}

// 2x2 windows that tile the image, the pooling of every CNN here: each input element is written
// exactly once, so nothing needs to be cleared first.
template <typename T>
void unpool_tiles(const T* in, const PoolIndex& index, Tensor& whole) {
  const Windows w(whole, index.position.shape(), index.geometry);
  const std::uint8_t* where = index.position.data<std::uint8_t>();
  T* out = whole.mutable_data<T>();
  parallel_for(w.planes() * w.out_height, [&](std::int64_t row) {
    const std::int64_t plane = row / w.out_height, p = row % w.out_height;
    for (std::int64_t q = 0; q < w.out_width; ++q) {
      const std::int64_t at = w.pooled(plane, p, q), corner = w.corner(plane, p, q);
      for (std::uint8_t k = 0; k < 4; ++k) {
        T* to = out + corner + w.offset(k);
        for (std::int64_t l = 0; l < w.view.lanes; ++l)
          to[l] = where[at + l] == k ? in[at + l] : T{0};
      }
    }
  });
}

void check_fits(const char* name, const Shape& x, const Shape& wanted) {
  require(x == wanted, name, ": a tensor of shape ", x, " does not fit an index of ", wanted);
}

}  // namespace

Tensor unpool2d(const Tensor& g, const PoolIndex& index) {
  check_fits("unpool2d", g.shape(), index.position.shape());
  const Tensor from = g.in_layout(index.position.layout());
  const Shape& shape = index.input_shape;
  Tensor whole(shape, g.dtype(), g.device(), from.layout());
  const bool tiles = index.geometry.window == 2 && index.geometry.stride == 2 &&
                     shape[1] % 2 == 0 && shape[2] % 2 == 0;
  dispatch_floating(g.dtype(), "unpool2d", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    if (tiles) return unpool_tiles(in, index, whole);
    T* out = whole.mutable_data<T>();
    std::fill_n(out, whole.numel(), T{0});
    for_picked(whole, index, [&](std::int64_t pooled, std::int64_t at) { out[at] += in[pooled]; });
  });
  return whole;
}

Tensor pick_pooled(const Tensor& x, const PoolIndex& index) {
  check_fits("pick_pooled", x.shape(), index.input_shape);
  const Tensor from = x.in_layout(index.position.layout());
  Tensor y(index.position.shape(), x.dtype(), x.device(), from.layout());
  dispatch_floating(x.dtype(), "pick_pooled", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    std::fill_n(out, y.numel(), T{0});
    for_picked(from, index, [&](std::int64_t pooled, std::int64_t at) { out[pooled] = in[at]; });
  });
  return y;
}

}  // namespace backlight::kernels
