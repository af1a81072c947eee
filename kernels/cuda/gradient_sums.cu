// Adding up gradients in float64, row by row.
#include "kernels/gradient_sums.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

constexpr int kRows = 64;  // of one launch

// The rows' weights travel with the launch, as a parameter: nothing is allocated, so that nothing
// can fail between one part of the rows and the next.
struct Weights {
  double of[kRows];
};

// sum[i] += w_n g_n[i] and squares[i] += w_n g_n[i]^2, for the rows n in order. A thread keeps its
// elements' sums in registers through all rows; each step is a fused multiply-add, so that the
// result is the same however the rows are split. With kMagnitude, |g_n[i]| goes into the sum.
template <int kWidth, bool kMagnitude>
__global__ void __launch_bounds__(kThreads)
    add_gradients_kernel(const float* __restrict__ g, double* __restrict__ sum,
                         double* __restrict__ squares, std::int64_t size, int rows,
                         Weights weights) {
  const std::int64_t i = (std::int64_t{blockIdx.x} * kThreads + threadIdx.x) * kWidth;
  if (i >= size) return;
  double total[kWidth], square[kWidth];
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    total[l] = sum[i + l];
    square[l] = squares[i + l];
  }
  for (int first = 0; first < rows; first += kInFlight) {
    Floats<kWidth> v[kInFlight] = {};
#pragma unroll
    for (int k = 0; k < kInFlight; ++k)
      if (first + k < rows) v[k] = load_floats<kWidth>(g + (first + k) * size + i);
#pragma unroll
    for (int k = 0; k < kInFlight; ++k) {
      if (first + k >= rows) break;
      const double w = weights.of[first + k];
#pragma unroll
      for (int l = 0; l < kWidth; ++l) {
        const double value = static_cast<double>(v[k].at[l]);
        total[l] = fma(w, kMagnitude ? fabs(value) : value, total[l]);
        square[l] = fma(w * value, value, square[l]);
      }
    }
  }
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    sum[i + l] = total[l];
    squares[i + l] = square[l];
  }
}

}  // namespace

void GpuBackend::add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                               GradientSums& sums) const {
  require_float32("add_gradients", g);
  const std::int64_t size = sums.sum.numel(), rows = g.numel() / std::max<std::int64_t>(size, 1);
  const float* from = g.device_data<float>();
  double* sum = sums.sum.mutable_device_data<double>();
  double* squares = sums.squares.mutable_device_data<double>();
  for (std::int64_t first = 0; first < rows; first += kRows) {
    const int now = static_cast<int>(std::min<std::int64_t>(kRows, rows - first));
    Weights some = {};
    std::copy_n(weights.begin() + first, now, some.of);
    with_width(size % 4 == 0 && is_aligned(from), [&](auto width) {
      constexpr int kWidth = decltype(width)::value;
      launch({.kernel = "add_gradients",
              .grid = blocks_for(size, kThreads * kWidth),
              .block = dim3(kThreads),
              .shapes = str(now, " rows of ", sums.sum.shape()),
              .flop = 4 * static_cast<double>(now * size),
              .bytes = static_cast<double>(now * size) * sizeof(float) +
                       2 * bytes_of({&sums.sum, &sums.squares})},
             magnitude ? add_gradients_kernel<kWidth, true> : add_gradients_kernel<kWidth, false>,
             from + first * size, sum, squares, size, now, some);
    });
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
