// Max pooling and its transpose. A thread has one pooled element or one element of the input, of
// four neighbouring channels where their number allows it.
#include "kernels/pooling.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// The extents of a pooling of [N, height, width, channels].
template <typename Index>
struct Windows {
  Index height, width, out_height, out_width, channels;
  Index window, stride;
};

// Where element `i` of a tensor [N, height, width, channels] lies.
template <typename Index>
struct Place {
  Index image, row, column, channel;

  __device__ Place(Index i, Index height, Index width, Index channels) {
    const Index pixel = i / channels, line = pixel / width;
    channel = i - pixel * channels;
    column = pixel - line * width;
    image = line / height;
    row = line - image * height;
  }
};

template <int kWidth>
__device__ __forceinline__ std::int64_t first_element() {
  return (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) * kWidth;
}

// kWidth window positions, one byte each, as one access.
template <int kWidth>
struct Positions {
  std::uint32_t packed = 0;

  __device__ unsigned at(int l) const { return (packed >> 8 * l) & 0xff; }
  __device__ void set(int l, unsigned position) { packed |= position << 8 * l; }

  __device__ static Positions load(const std::uint8_t* from) {
    if constexpr (kWidth == 4)
      return {load_vector<std::uint32_t>(from)};
    else
      return {*from};
  }
  __device__ void store(std::uint8_t* to) const {
    if constexpr (kWidth == 4)
      store_vector(to, packed);
    else
      *to = static_cast<std::uint8_t>(packed);
  }
};

// y = max over the window, and where it was found. The first maximum in row-major order wins, and
// NaN over everything. kWindow is the window's size, or 0 for one that is known at run time only:
// the elements of a known window are all loaded before the first comparison.
template <int kWidth, int kWindow, typename Index>
__global__ void __launch_bounds__(kThreads)
    max_pool2d_kernel(const float* __restrict__ x, float* __restrict__ y,
                      std::uint8_t* __restrict__ positions, std::int64_t count, Windows<Index> w,
                      bool after_relu) {
  const std::int64_t i = first_element<kWidth>();
  if (i >= count) return;
  const Place<Index> at(static_cast<Index>(i), w.out_height, w.out_width, w.channels);
  const Index window = kWindow ? kWindow : w.window;
  const Index line = w.width * w.channels;
  const float* const corner = x + (at.image * w.height + at.row * w.stride) * line +
                              at.column * w.stride * w.channels + at.channel;
  Floats<kWidth> best = load_floats<kWidth>(corner);
  unsigned found[kWidth] = {};
#pragma unroll
  for (Index r = 0; r < window; ++r)
#pragma unroll
    for (Index c = 0; c < window; ++c) {
      const Floats<kWidth> v = load_floats<kWidth>(corner + r * line + c * w.channels);
#pragma unroll
      for (int l = 0; l < kWidth; ++l) {
        const bool is_nan = v.at[l] != v.at[l];
        if (!(v.at[l] > best.at[l] || is_nan)) continue;
        best.at[l] = v.at[l];
        found[l] = static_cast<unsigned>(r * window + c);
      }
    }
  store_floats<kWidth>(y + i, best);
  if (!positions) return;
  Positions<kWidth> where;
#pragma unroll
  for (int l = 0; l < kWidth; ++l)
    where.set(l, after_relu && best.at[l] <= 0 ? unsigned{kNowhere} : found[l]);
  where.store(positions + i);
}

// The transpose, without atomics: each element of the input asks the windows it lies in whether it
// was their maximum, and adds up what flows back. Windows come in row-major order. kTile is the
// size of windows that tile the image, of which an element lies in one at most; 0 for any others.
template <int kWidth, int kTile, typename Index>
__global__ void __launch_bounds__(kThreads)
    unpool2d_kernel(const float* __restrict__ g, const std::uint8_t* __restrict__ positions,
                    float* __restrict__ whole, std::int64_t count, Windows<Index> w) {
  const std::int64_t i = first_element<kWidth>();
  if (i >= count) return;
  const Place<Index> at(static_cast<Index>(i), w.height, w.width, w.channels);
  const Index window = kTile ? kTile : w.window, stride = kTile ? kTile : w.stride;
  // Window p covers the rows p * stride to p * stride + window - 1; columns alike.
  const Index first_p = at.row < window ? 0 : (at.row - window) / stride + 1;
  const Index first_q = at.column < window ? 0 : (at.column - window) / stride + 1;
  const Index last_p = min(at.row / stride, w.out_height - 1);
  const Index last_q = min(at.column / stride, w.out_width - 1);
  Floats<kWidth> sum = {};
  for (Index p = first_p; p <= last_p; ++p)
    for (Index q = first_q; q <= last_q; ++q) {
      const Index here = (at.row - p * stride) * window + (at.column - q * stride);
      const Index pooled =
          ((at.image * w.out_height + p) * w.out_width + q) * w.channels + at.channel;
      const auto where = Positions<kWidth>::load(positions + pooled);
      const Floats<kWidth> v = load_floats<kWidth>(g + pooled);
#pragma unroll
      for (int l = 0; l < kWidth; ++l)
        if (where.at(l) == here) sum.at[l] += v.at[l];
    }
  store_floats<kWidth>(whole + i, sum);
}

// y = the element of x that was picked, or 0.
template <int kWidth, typename Index>
__global__ void __launch_bounds__(kThreads)
    pick_pooled_kernel(const float* __restrict__ x, const std::uint8_t* __restrict__ positions,
                       float* __restrict__ y, std::int64_t count, Windows<Index> w) {
  const std::int64_t i = first_element<kWidth>();
  if (i >= count) return;
  const Place<Index> at(static_cast<Index>(i), w.out_height, w.out_width, w.channels);
  const auto where = Positions<kWidth>::load(positions + i);
  Floats<kWidth> picked = {};
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    const Index position = where.at(l);
    if (position == kNowhere) continue;
    const Index row = at.row * w.stride + position / w.window;
    const Index column = at.column * w.stride + position % w.window;
    picked.at[l] = x[((at.image * w.height + row) * w.width + column) * w.channels + at.channel +
                     static_cast<Index>(l)];
  }
  store_floats<kWidth>(y + i, picked);
}

template <typename Index>
Windows<Index> windows_of(const Shape& x, const Shape& y, PoolGeometry at) {
  return {static_cast<Index>(x[1]),     static_cast<Index>(x[2]), static_cast<Index>(y[1]),
          static_cast<Index>(y[2]),     static_cast<Index>(x[3]), static_cast<Index>(at.window),
          static_cast<Index>(at.stride)};
}

bool goes_in_vectors(const Shape& x, const void* floats, const void* positions) {
  return x[3] % 4 == 0 && is_aligned(floats) && is_aligned(positions, 4);
}

std::string shapes_of(const Shape& from, const Shape& to, PoolGeometry at) {
  return str(from, " to ", to, ", windows of ", at.window, " with stride ", at.stride);
}

// Calls f(width, index) with the compile-time width of the vectors and an Index.
template <typename F>
void choose(bool vectors, std::int64_t count, F&& f) {
  with_width(vectors, [&](auto width) { with_index(count, [&](auto index) { f(width, index); }); });
}

}  // namespace

Tensor GpuBackend::max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index,
                              bool after_relu) const {
  require_float32("max_pool2d", x);
  const Shape shape = pooled_shape(x.shape(), geometry);
  Tensor y(shape, DType::f32, x.device()), position;
  if (index) {
    position = Tensor(shape, DType::u8, x.device());
    *index = {position, geometry, x.shape()};
  }
  if (y.numel() == 0) return y;
  std::uint8_t* where = index ? position.mutable_device_data<std::uint8_t>() : nullptr;
  const float* from = x.device_data<float>();
  choose(goes_in_vectors(x.shape(), from, where), x.numel(), [&](auto width, auto any) {
    using Index = decltype(any);
    constexpr int kWidth = decltype(width)::value;
    launch({.kernel = "max_pool2d",
            .grid = blocks_for(y.numel(), kThreads * kWidth),
            .block = dim3(kThreads),
            .shapes = shapes_of(x.shape(), shape, geometry),
            .flop = static_cast<double>(y.numel() * geometry.window * geometry.window),
            .bytes = bytes_of({&x, &y}) + (index ? bytes_of({&position}) : 0)},
           geometry.window == 2 ? max_pool2d_kernel<kWidth, 2, Index>
                                : max_pool2d_kernel<kWidth, 0, Index>,
           from, y.mutable_device_data<float>(), where, y.numel(),
           windows_of<Index>(x.shape(), shape, geometry), after_relu);
  });
  return y;
}

Tensor GpuBackend::unpool2d(const Tensor& g, const PoolIndex& index) const {
  require_float32("unpool2d", g);
  const Shape& shape = index.input_shape;
  const PoolGeometry geometry = index.geometry;
  Tensor whole(shape, DType::f32, g.device());
  if (whole.numel() == 0) return whole;
  const float* from = g.device_data<float>();
  const auto* where = index.position.device_data<std::uint8_t>();
  const bool tiles = geometry.window == 2 && geometry.stride == 2;
  choose(goes_in_vectors(shape, from, where), whole.numel(), [&](auto width, auto any) {
    using Index = decltype(any);
    constexpr int kWidth = decltype(width)::value;
    launch({.kernel = "unpool2d",
            .grid = blocks_for(whole.numel(), kThreads * kWidth),
            .block = dim3(kThreads),
            .shapes = shapes_of(g.shape(), shape, geometry),
            .flop = static_cast<double>(g.numel() * geometry.window * geometry.window),
            .bytes = bytes_of({&g, &index.position, &whole})},
           tiles ? unpool2d_kernel<kWidth, 2, Index> : unpool2d_kernel<kWidth, 0, Index>, from,
           where, whole.mutable_device_data<float>(), whole.numel(),
           windows_of<Index>(shape, g.shape(), geometry));
  });
  return whole;
}

Tensor GpuBackend::pick_pooled(const Tensor& x, const PoolIndex& index) const {
  require_float32("pick_pooled", x);
  const Shape& shape = index.position.shape();
  Tensor y(shape, DType::f32, x.device());
  if (y.numel() == 0) return y;
  const auto* where = index.position.device_data<std::uint8_t>();
  choose(goes_in_vectors(shape, y.address(), where), x.numel(), [&](auto width, auto any) {
    using Index = decltype(any);
    constexpr int kWidth = decltype(width)::value;
    launch({.kernel = "pick_pooled",
            .grid = blocks_for(y.numel(), kThreads * kWidth),
            .block = dim3(kThreads),
            .shapes = shapes_of(x.shape(), shape, index.geometry),
            .bytes = bytes_of({&index.position}) + 2 * static_cast<double>(y.nbytes())},
           pick_pooled_kernel<kWidth, Index>, x.device_data<float>(), where,
           y.mutable_device_data<float>(), y.numel(),
           windows_of<Index>(x.shape(), shape, index.geometry));
  });
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
