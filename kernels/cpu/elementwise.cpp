#include <cmath>
#include <vector>

#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

constexpr std::int64_t kGrain = 1 << 15;

// y[i] = f(x[i]), in the layout of x.
template <typename F>
Tensor map(const char* name, const Tensor& x, F&& f) {
  Tensor y(x.shape(), x.dtype(), x.device(), x.layout());
  dispatch_floating(x.dtype(), name, [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    T* out = y.mutable_data<T>();
    parallel_ranges(x.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) out[i] = f(in[i]);
    });
  });
  return y;
}

// Whether `shape` is the last axes of x: then x is a matrix whose rows repeat it.
bool is_trailing(const Shape& shape, const Shape& x) {
  if (shape.rank() > x.rank()) return false;
  for (std::int64_t axis = 1; axis <= shape.rank(); ++axis)
    if (shape[-axis] != x[-axis]) return false;
  return true;
}

// Walks over `shape` in row-major order, from element `first` on, and knows the matching position
// in a tensor of shape `source` that is broadcast to it.
class BroadcastWalk {
 public:
  BroadcastWalk(const Shape& source, const Shape& shape, std::int64_t first = 0) : shape_(shape) {
    const std::int64_t lead = shape.rank() - source.rank();
    for (std::int64_t axis = shape.rank() - 1, stride = 1; axis >= 0; --axis) {
      const std::int64_t size = axis < lead ? 1 : source[axis - lead];
      const std::int64_t index = shape[axis] ? first % shape[axis] : 0;
      axes_.insert(axes_.begin(), {size == 1 ? 0 : stride, index});
      position_ += index * axes_.front().stride;
      stride *= size;
      if (shape[axis]) first /= shape[axis];
    }
  }

  std::int64_t position() const { return position_; }

  void advance() {
    for (std::int64_t axis = shape_.rank() - 1; axis >= 0; --axis) {
      Axis& at = axes_[static_cast<std::size_t>(axis)];
      position_ += at.stride;
      if (++at.index < shape_[axis]) return;
      position_ -= at.stride * at.index;
      at.index = 0;
    }
  }

 private:
  struct Axis {
    std::int64_t stride, index;
  };
  const Shape& shape_;
  std::vector<Axis> axes_;
  std::int64_t position_ = 0;
};

template <typename F>
Tensor zip(const char* name, const Tensor& a, const Tensor& b, F&& f) {
  if (a.shape() == b.shape()) {
    const Tensor right = b.in_layout(a.layout());
    Tensor y(a.shape(), a.dtype(), a.device(), a.layout());
    dispatch_floating(a.dtype(), name, [&](auto type) {
      using T = decltype(type);
      const T *pa = a.data<T>(), *pb = right.data<T>();
      T* out = y.mutable_data<T>();
      parallel_ranges(a.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) out[i] = f(pa[i], pb[i]);
      });
    });
    return y;
  }
  const Shape shape = broadcast_shape(a.shape(), b.shape());
  return zip(name, kernels::broadcast_to(a, shape), kernels::broadcast_to(b, shape), f);
}

}  // namespace

Tensor CpuBackend::unary(Unary f, const Tensor& x) const {
  switch (f) {
    case Unary::exp: return map("exp", x, [](auto v) { return std::exp(v); });
    case Unary::log: return map("log", x, [](auto v) { return std::log(v); });
    case Unary::tanh: return map("tanh", x, [](auto v) { return std::tanh(v); });
    case Unary::sigmoid:
      return map("sigmoid", x, [](auto v) { return decltype(v){1} / (1 + std::exp(-v)); });
  }
  fail("unknown elementwise function");
}

Tensor CpuBackend::binary(Binary op, const Tensor& a, const Tensor& b) const {
  switch (op) {
    case Binary::add: return zip("add", a, b, [](auto u, auto v) { return u + v; });
    case Binary::subtract: return zip("subtract", a, b, [](auto u, auto v) { return u - v; });
    case Binary::multiply: return zip("multiply", a, b, [](auto u, auto v) { return u * v; });
    case Binary::divide: return zip("divide", a, b, [](auto u, auto v) { return u / v; });
  }
  fail("unknown elementwise function");
}

Tensor CpuBackend::affine(const Tensor& x, double scale, double shift) const {
  return map("affine", x, [=](auto v) {
    using T = decltype(v);
    return static_cast<T>(scale) * v + static_cast<T>(shift);
  });
}

Tensor CpuBackend::power(const Tensor& x, double p) const {
  return map("power", x, [=](auto v) { return std::pow(v, static_cast<decltype(v)>(p)); });
}

Tensor CpuBackend::broadcast_to(const Tensor& x, const Shape& shape) const {
  const Tensor from = x.dense();
  Tensor y(shape, x.dtype(), x.device());
  dispatch_floating(x.dtype(), "broadcast_to", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    T* out = y.mutable_data<T>();
    const std::int64_t row = x.numel();
    if (row > 0 && is_trailing(x.shape(), shape)) {
      for (std::int64_t i = 0; i < y.numel(); i += row) std::copy_n(in, row, out + i);
      return;
    }
    parallel_ranges(y.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
      BroadcastWalk walk(x.shape(), shape, first);
      for (std::int64_t i = first; i < last; ++i, walk.advance()) out[i] = in[walk.position()];
    });
  });
  return y;
}

namespace {

// The sums of the columns of a [rows, columns] matrix. Bands of rows are summed in parallel, and
// always the same bands, so that the result does not depend on the number of threads.
template <typename T>
std::vector<double> column_sums(const T* in, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kBand = 4096;
  const std::int64_t bands = (rows + kBand - 1) / kBand;
  std::vector<double> partial(static_cast<std::size_t>(bands * columns), 0.0);
  parallel_for(bands, [&](std::int64_t band) {
    double* sums = &partial[static_cast<std::size_t>(band * columns)];
    for (std::int64_t row = band * kBand; row < std::min(rows, (band + 1) * kBand); ++row)
      for (std::int64_t c = 0; c < columns; ++c)
        sums[c] += static_cast<double>(in[row * columns + c]);
  });
  std::vector<double> total(static_cast<std::size_t>(columns), 0.0);
  for (std::size_t i = 0; i < partial.size(); ++i)
    total[i % static_cast<std::size_t>(columns)] += partial[i];
  return total;
}

}  // namespace

Tensor CpuBackend::sum_to(const Tensor& x, const Shape& shape) const {
  const Tensor from = x.dense();
  Tensor y(shape, x.dtype(), x.device());
  dispatch_floating(x.dtype(), "sum_to", [&](auto type) {
    using T = decltype(type);
    const T* in = from.data<T>();
    std::vector<double> sums(static_cast<std::size_t>(shape.numel()), 0.0);
    if (is_trailing(shape, x.shape()) && shape.numel() > 0) {
      sums = column_sums(in, x.numel() / shape.numel(), shape.numel());
    } else {
      BroadcastWalk walk(shape, x.shape());
      for (std::int64_t i = 0; i < x.numel(); ++i, walk.advance())
        sums[static_cast<std::size_t>(walk.position())] += static_cast<double>(in[i]);
    }
    T* out = y.mutable_data<T>();
    for (std::size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<T>(sums[i]);
  });
  return y;
}

}  // namespace backlight::kernels
