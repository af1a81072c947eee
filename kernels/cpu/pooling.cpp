#include <cstring>
#include <type_traits>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/channel_view.h"
#include "kernels/cpu/pooling.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

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
  // Calls f(position, distance from the window's corner) for the elements of a window.
  template <typename F>
  void for_each_element(F&& f) const {
    for (std::int64_t r = 0, position = 0; r < at.window; ++r)
      for (std::int64_t s = 0; s < at.window; ++s, ++position)
        f(position, (r * width + s) * view.lanes);
  }
  // Distance from a window's corner to its element at `position`.
  std::int64_t offset(std::int64_t position) const {
    return (position / at.window * width + position % at.window) * view.lanes;
  }
};

// Calls f(first lane, N) for runs of lanes that cover [0, lanes): N is a compile-time 16 for most,
// so that the loops over it become a few vector instructions.
template <typename F>
void in_vectors(std::int64_t lanes, F&& f) {
  std::int64_t l = 0;
  for (; l + 16 <= lanes; l += 16) f(l, std::integral_constant<int, 16>{});
  for (; l + 8 <= lanes; l += 8) f(l, std::integral_constant<int, 8>{});
  for (; l < lanes; ++l) f(l, std::integral_constant<int, 1>{});
}

// N lanes as one value of the compilers' vector types: loops over so few lanes are unrolled before
// they could be turned into vector instructions.
template <typename T, int N>
struct Lanes {
  using Integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  using Values [[gnu::vector_size(N * sizeof(T))]] = T;
  using Integers [[gnu::vector_size(N * sizeof(T))]] = Integer;
  using Bytes [[gnu::vector_size(N)]] = std::uint8_t;

  static Values load(const T* from) {
    Values values;
    std::memcpy(&values, from, sizeof values);
    return values;
  }
  static void store(const Values& values, T* to) { std::memcpy(to, &values, sizeof values); }

  static Integers load_bytes(const std::uint8_t* from) {
    Bytes bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector(bytes, Integers);
  }
  static void store_bytes(const Integers& integers, std::uint8_t* to) {
    const Bytes bytes = __builtin_convertvector(integers, Bytes);
    std::memcpy(to, &bytes, sizeof bytes);
  }
};

// The maxima of one window over N lanes; NaN wins, as in PyTorch.
template <int N, typename T>
void pool_lanes(const Windows& w, const T* corner, T* out) {
  using L = Lanes<T, N>;
  typename L::Values best = L::load(corner);
  w.for_each_element([&](std::int64_t, std::int64_t offset) {
    const typename L::Values candidate = L::load(corner + offset);
    best = (candidate > best) | (candidate != candidate) ? candidate : best;
  });
  L::store(best, out);
}

// The same, and where they are.
template <int N, typename T>
void pool_lanes(const Windows& w, const T* corner, bool after_relu, T* out, std::uint8_t* where) {
  using L = Lanes<T, N>;
  typename L::Values best = L::load(corner);
  typename L::Integers position{};
  w.for_each_element([&](std::int64_t k, std::int64_t offset) {
    const typename L::Values candidate = L::load(corner + offset);
    const auto wins = (candidate > best) | (candidate != candidate);
    best = wins ? candidate : best;
    position = wins ? typename L::Integers{} + static_cast<typename L::Integer>(k) : position;
  });
  if (after_relu)
    position = best <= T{0} ? typename L::Integers{} + typename L::Integer{kNowhere} : position;
  L::store(best, out);
  L::store_bytes(position, where);
}

// The cotangents of N lanes, at element k of the window they were picked from, else 0.
template <int N, typename T>
void unpool_lanes(const T* g, const std::uint8_t* where, std::int64_t k, T* to) {
  using L = Lanes<T, N>;
  const auto here = L::load_bytes(where) == static_cast<typename L::Integer>(k);
  L::store(here ? L::load(g) : typename L::Values{}, to);
}

}  // namespace

void max_pool2d_into(const Tensor& x, PoolGeometry geometry, bool after_relu, std::int64_t first,
                     Tensor& y, PoolIndex* index) {
  const Windows w(x, y.shape(), geometry);
  const std::int64_t start = first * y.numel() / y.dim(0);
  std::uint8_t* where = index ? index->position.mutable_data<std::uint8_t>() + start : nullptr;
  dispatch_floating(x.dtype(), "max_pool2d", [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    T* out = y.mutable_data<T>() + start;
    parallel_for(w.planes() * w.out_height, [&](std::int64_t row) {
      const std::int64_t plane = row / w.out_height, p = row % w.out_height;
      for (std::int64_t q = 0; q < w.out_width; ++q) {
        const std::int64_t at = w.pooled(plane, p, q), corner = w.corner(plane, p, q);
        in_vectors(w.view.lanes, [&](std::int64_t l, auto n) {
          if (where)
            pool_lanes<n()>(w, in + corner + l, after_relu, out + at + l, where + at + l);
          else
            pool_lanes<n()>(w, in + corner + l, out + at + l);
        });
      }
    });
  });
}

PoolIndex new_pool_index(const Shape& x, Layout layout, PoolGeometry geometry) {
  return {Tensor(pooled_shape(x, geometry), DType::u8, Device::cpu, layout), geometry, x};
}

Tensor CpuBackend::max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index,
                              bool after_relu) const {
  Tensor y(pooled_shape(x.shape(), geometry), x.dtype(), x.device(), x.layout());
  if (index) *index = new_pool_index(x.shape(), x.layout(), geometry);
  if (y.numel() > 0) max_pool2d_into(x, geometry, after_relu, 0, y, index);
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
      in_vectors(w.view.lanes, [&](std::int64_t first, auto n) {
        w.for_each_element([&](std::int64_t k, std::int64_t offset) {
          unpool_lanes<n()>(in + at + first, where + at + first, k, out + corner + offset + first);
        });
      });
    }
  });
}

}  // namespace

Tensor CpuBackend::unpool2d(const Tensor& g, const PoolIndex& index) const {
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

Tensor CpuBackend::pick_pooled(const Tensor& x, const PoolIndex& index) const {
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
