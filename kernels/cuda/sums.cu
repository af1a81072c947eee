// sum_to. No atomics: their order, and with it the rounding, would change from run to run.
#include "kernels/cuda/sums.h"

#include <vector>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/reduce.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// One pass: [outer, terms, inner] becomes [outer, bands, inner], where a band is `band` terms. A
// block has `columns` neighbouring outputs and one band of their terms, which its `lanes` rows of
// threads take in turns.
struct SumPass {
  std::int64_t outer, terms, inner;
  std::int64_t band, bands;
  int columns, lanes;

  std::int64_t outputs() const { return outer * inner; }
};

// Neighbouring threads read neighbouring numbers: along `inner` where that is wide, else along the
// terms. 4 bytes a thread are enough for the memory's bandwidth here, since kAtOnce such loads are
// on their way.
template <typename From, typename To>
__global__ void __launch_bounds__(kThreads)
    sum_terms_kernel(const From* __restrict__ x, To* __restrict__ y, SumPass pass) {
  constexpr int kAtOnce = 8;
  SHARED(sums, double[kThreads]);
  const int thread = static_cast<int>(threadIdx.x);
  const int column = thread % pass.columns, lane = thread / pass.columns;
  const std::int64_t output = std::int64_t{blockIdx.x} * pass.columns + column;
  const std::int64_t o = output / pass.inner, i = output % pass.inner;
  const bool works = lane < pass.lanes && output < pass.outer * pass.inner;
  double sum = 0;
  if (works) {
    const From* const from = x + o * pass.terms * pass.inner + i;
    const std::int64_t first = std::int64_t{blockIdx.y} * pass.band;
    const std::int64_t last = min(first + pass.band, pass.terms);
    for (std::int64_t t = first + lane; t < last; t += std::int64_t{kAtOnce} * pass.lanes) {
      From v[kAtOnce];
#pragma unroll
      for (int k = 0; k < kAtOnce; ++k) {
        const std::int64_t term = t + std::int64_t{k} * pass.lanes;
        v[k] = term < last ? from[term * pass.inner] : From{0};
      }
#pragma unroll
      for (int k = 0; k < kAtOnce; ++k) sum += static_cast<double>(v[k]);
    }
  }
  sums[thread] = sum;
  add_lanes<1>(sums, pass.columns, pass.lanes);
  if (works && lane == 0)
    y[(o * pass.bands + blockIdx.y) * pass.inner + i] = static_cast<To>(sums[thread]);
}

// Few terms leave room for several outputs in a block. Many are cut into bands, so that the whole
// GPU has work even where there is one output.
SumPass plan(std::int64_t outer, std::int64_t terms, std::int64_t inner) {
  constexpr std::int64_t kWarp = 32, kLongest = 64, kUsual = 32, kMostBands = 512;
  SumPass pass{outer, terms, inner, terms, 1, 1, 1};
  const std::int64_t room = kThreads / std::clamp<std::int64_t>(terms, 1, kThreads);
  pass.columns = static_cast<int>(std::clamp(room, std::min(inner, kWarp), kWarp));
  pass.lanes = kThreads / pass.columns;
  if (terms <= kLongest * pass.lanes) return pass;
  const std::int64_t bands = std::min(kMostBands, terms / (kUsual * pass.lanes));
  pass.band = (terms + bands - 1) / bands;
  pass.bands = (terms + pass.band - 1) / pass.band;
  return pass;
}

template <typename From, typename To>
Tensor run(const char* op, const Tensor& x, const SumPass& pass) {
  Tensor y({pass.outer, pass.bands, pass.inner}, dtype_of<To>(), x.device());
  dim3 grid = blocks_for(pass.outputs(), pass.columns);
  grid.y = static_cast<unsigned>(pass.bands);
  launch({.kernel = op,
          .grid = grid,
          .block = dim3(kThreads),
          .shapes = str("[", pass.outer, ", ", pass.terms, ", ", pass.inner, "]"),
          .flop = static_cast<double>(x.numel()),
          .bytes = bytes_of({&x, &y})},
         sum_terms_kernel<From, To>, x.device_data<From>(), y.mutable_device_data<To>(), pass);
  return y;
}

Tensor run(const char* op, const Tensor& x, const SumPass& pass, DType to) {
  const bool from_double = x.dtype() == DType::f64, to_double = to == DType::f64;
  if (from_double)
    return to_double ? run<double, double>(op, x, pass) : run<double, float>(op, x, pass);
  return to_double ? run<float, double>(op, x, pass) : run<float, float>(op, x, pass);
}

// Neighbouring axes that are all summed, or all kept.
struct AxisGroup {
  std::int64_t extent;
  bool summed;
};

// The axes of x, outermost first; those of extent 1 are neither.
std::vector<AxisGroup> groups_of(const Shape& x, const Shape& shape) {
  std::vector<AxisGroup> groups;
  const std::int64_t lead = x.rank() - shape.rank();
  for (std::int64_t axis = 0; axis < x.rank(); ++axis) {
    if (x[axis] == 1) continue;
    const bool summed = axis < lead || shape[axis - lead] == 1;
    if (!groups.empty() && groups.back().summed == summed)
      groups.back().extent *= x[axis];
    else
      groups.push_back({x[axis], summed});
  }
  return groups;
}

}  // namespace

Tensor sum_terms(const char* op, const Tensor& x, std::int64_t outer, std::int64_t terms,
                 std::int64_t inner, DType to) {
  Tensor sums = x;
  for (SumPass pass = plan(outer, terms, inner);; pass = plan(outer, pass.bands, inner)) {
    if (pass.outputs() == 0) return Tensor({outer, inner}, to, x.device());
    if (pass.bands == 1) return run(op, sums, pass, to).reshape({outer, inner});
    sums = run(op, sums, pass, DType::f64);
  }
}

// Groups of axes are summed one after another, the innermost first; between them the sums stay in
// float64.
Tensor GpuBackend::sum_to(const Tensor& x, const Shape& shape) const {
  require_float32("sum_to", x);
  const std::vector<AxisGroup> groups = groups_of(x.shape(), shape);
  std::int64_t left = 0, outer = 1, inner = 1;
  for (const AxisGroup& group : groups) {
    left += group.summed;
    outer *= group.extent;
  }
  if (shape.numel() == 0) return Tensor(shape, DType::f32, x.device());
  if (outer == 0) return Tensor::zeros(shape, DType::f32, x.device());
  Tensor sums = x;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    outer /= group->extent;
    if (group->summed)
      sums = sum_terms("sum_to", sums, outer, group->extent, inner,
                       --left == 0 ? DType::f32 : DType::f64);
    else
      inner *= group->extent;
  }
  return sums.reshape(shape);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
