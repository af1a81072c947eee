// Elementwise arithmetic. Every kernel here does a few operations an element and is bound by
// memory.
#include "kernels/elementwise.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/indexing.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

struct Exp {
  __device__ float operator()(float v) const { return expf(v); }
};
struct Log {
  __device__ float operator()(float v) const { return logf(v); }
};
struct Tanh {
  __device__ float operator()(float v) const { return tanhf(v); }
};
struct Sigmoid {
  __device__ float operator()(float v) const { return 1 / (1 + expf(-v)); }
};
struct Affine {
  float scale, shift;
  __device__ float operator()(float v) const { return scale * v + shift; }
};
struct Power {
  float p;
  __device__ float operator()(float v) const { return powf(v, p); }
};

struct Add {
  __device__ float operator()(float u, float v) const { return u + v; }
};
struct Subtract {
  __device__ float operator()(float u, float v) const { return u - v; }
};
struct Multiply {
  __device__ float operator()(float u, float v) const { return u * v; }
};
struct Divide {
  __device__ float operator()(float u, float v) const { return u / v; }
};
// For broadcast_to, which has one operand only.
struct Copy {
  __device__ float operator()(float u) const { return u; }
};

// kWidth elements of an operand from `position` on. Along the output's innermost axis it either
// goes on in memory or is repeated.
template <int kWidth, typename Index>
__device__ __forceinline__ Floats<kWidth> load_operand(const float* from, Index position,
                                                       Index innermost_stride) {
  if (innermost_stride != 0) return load_floats<kWidth>(from + position);
  Floats<kWidth> v;
  const float repeated = from[position];
#pragma unroll
  for (int l = 0; l < kWidth; ++l) v.at[l] = repeated;
  return v;
}

// Vectors of the output that a thread has: so many that kInFlight loads are on their way.
template <int kOperands>
constexpr int kVectors = kInFlight / kOperands;

template <int kOperands>
struct Operands {
  const float* at[kOperands];
};

template <int kOperands, typename F>
__device__ __forceinline__ float apply(F f, const float (&v)[kOperands]) {
  if constexpr (kOperands == 1)
    return f(v[0]);
  else
    return f(v[0], v[1]);
}

// y = f(a, b) with broadcasting. A vector of the output never goes past the end of the innermost
// axis, so that one walk over the axes finds its operands.
template <int kWidth, int kOperands, typename Index, typename F>
__global__ void __launch_bounds__(kThreads)
    broadcast_kernel(Operands<kOperands> operands, float* __restrict__ y, std::int64_t count,
                     Broadcast<kOperands, Index> walk, F f) {
  Floats<kWidth> v[kVectors<kOperands>][kOperands] = {};
#pragma unroll
  for (int k = 0; k < kVectors<kOperands>; ++k) {
    const std::int64_t i = vector_start<kWidth, kVectors<kOperands>>(k);
    if (i + kWidth > count) continue;
    const auto positions = walk.at(static_cast<Index>(i));
#pragma unroll
    for (int o = 0; o < kOperands; ++o)
      v[k][o] = load_operand<kWidth>(operands.at[o], positions.of[o], walk.stride[o][0]);
  }
#pragma unroll
  for (int k = 0; k < kVectors<kOperands>; ++k) {
    const std::int64_t i = vector_start<kWidth, kVectors<kOperands>>(k);
    if (i + kWidth > count) continue;
    Floats<kWidth> result;
#pragma unroll
    for (int l = 0; l < kWidth; ++l) {
      float values[kOperands];
#pragma unroll
      for (int o = 0; o < kOperands; ++o) values[o] = v[k][o].at[l];
      result.at[l] = apply<kOperands>(f, values);
    }
    store_floats<kWidth>(y + i, result);
  }
  const std::int64_t last = tail_element<kWidth>(count);
  if (last >= count) return;
  const auto positions = walk.at(static_cast<Index>(last));
  float values[kOperands];
#pragma unroll
  for (int o = 0; o < kOperands; ++o) values[o] = operands.at[o][positions.of[o]];
  y[last] = apply<kOperands>(f, values);
}

// Whether the vectors of a walk can be loaded as such: rows of the innermost axis must consist of
// whole vectors, unless there is one row only.
template <int kOperands, typename Index>
bool goes_in_vectors(const Broadcast<kOperands, Index>& walk, const Operands<kOperands>& operands) {
  if (walk.axes > 1 && walk.extent[0] % 4 != 0) return false;
  for (int o = 0; o < kOperands; ++o)
    if (walk.stride[o][0] != 0 && !is_aligned(operands.at[o])) return false;
  return true;
}

template <int kOperands, typename F>
Tensor broadcast(const char* op, const std::array<const Tensor*, kOperands>& tensors,
                 const Shape& shape, F f) {
  Operands<kOperands> operands;
  std::array<Shape, kOperands> shapes;
  double bytes = 0;
  for (std::size_t o = 0; o < kOperands; ++o) {
    require_float32(op, *tensors[o]);
    operands.at[o] = tensors[o]->template device_data<float>();
    shapes[o] = tensors[o]->shape();
    bytes += static_cast<double>(tensors[o]->nbytes());
  }
  Tensor y(shape, DType::f32, tensors[0]->device());
  const std::int64_t count = y.numel();
  if (count == 0) return y;
  float* to = y.mutable_device_data<float>();
  with_index(count, [&](auto index) {
    using Index = decltype(index);
    const auto walk = broadcast_of<kOperands, Index>(shapes, shape);
    with_width(goes_in_vectors(walk, operands), [&](auto width) {
      launch({.kernel = op,
              .grid = elementwise_grid(count, width(), kVectors<kOperands>),
              .block = dim3(kThreads),
              .shapes = kOperands == 1 ? str(shapes[0], " to ", shape)
                                       : str(shapes[0], " and ", shapes[kOperands - 1]),
              .flop = kOperands == 1 ? 0 : static_cast<double>(count),
              .bytes = bytes + static_cast<double>(y.nbytes())},
             broadcast_kernel<decltype(width)::value, kOperands, Index, F>, operands, to, count,
             walk, f);
    });
  });
  return y;
}

}  // namespace

Tensor GpuBackend::unary(Unary f, const Tensor& x) const {
  switch (f) {
    case Unary::exp: return map("exp", x, 1, Exp{});
    case Unary::log: return map("log", x, 1, Log{});
    case Unary::tanh: return map("tanh", x, 1, Tanh{});
    case Unary::sigmoid: return map("sigmoid", x, 3, Sigmoid{});
  }
  fail("unknown elementwise function");
}

Tensor GpuBackend::binary(Binary op, const Tensor& a, const Tensor& b) const {
  const Shape shape = broadcast_shape(a.shape(), b.shape());
  switch (op) {
    case Binary::add: return broadcast<2>("add", {&a, &b}, shape, Add{});
    case Binary::subtract: return broadcast<2>("subtract", {&a, &b}, shape, Subtract{});
    case Binary::multiply: return broadcast<2>("multiply", {&a, &b}, shape, Multiply{});
    case Binary::divide: return broadcast<2>("divide", {&a, &b}, shape, Divide{});
  }
  fail("unknown elementwise function");
}

Tensor GpuBackend::affine(const Tensor& x, double scale, double shift) const {
  return map("affine", x, 2, Affine{static_cast<float>(scale), static_cast<float>(shift)});
}

Tensor GpuBackend::power(const Tensor& x, double p) const {
  return map("power", x, 1, Power{static_cast<float>(p)});
}

Tensor GpuBackend::broadcast_to(const Tensor& x, const Shape& shape) const {
  return broadcast<1>("broadcast_to", {&x}, shape, Copy{});
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
