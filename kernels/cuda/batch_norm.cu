// Batch normalisation: one pass over memory for the moments, one for the output, two for the
// gradients.
#include "kernels/batch_norm.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/channels.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/sums.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// The channel's values around the first of them, and their squares: differences of float32 numbers,
// so that nothing is lost where the mean is large and the spread small.
struct Moments {
  const float* x;
  struct Channel {
    double origin;
    __device__ double2 operator()(std::int64_t, float v) const {
      const double off = static_cast<double>(v) - origin;
      return make_double2(off, off * off);
    }
  };
  __device__ Channel of(int channel) const { return {static_cast<double>(x[channel])}; }
};

// What normalises a channel: x^ = (x - mean) inverse, inverse = 1 / sqrt(variance + epsilon).
struct Normaliser {
  float mean, inverse;
  __device__ float operator()(float v) const { return (v - mean) * inverse; }
};
struct Statistics {
  const float *mean, *variance;
  float epsilon;
  __device__ Normaliser of(int channel) const {
    return {mean[channel], 1 / sqrtf(variance[channel] + epsilon)};
  }
};

// y = x^ gamma + beta
struct Normalise {
  Statistics statistics;
  const float *gamma, *beta;
  struct Channel {
    Normaliser normalised;
    float gamma, beta;
    __device__ float operator()(std::int64_t, float v) const {
      return normalised(v) * gamma + beta;
    }
  };
  __device__ Channel of(int channel) const {
    return {statistics.of(channel), gamma[channel], beta[channel]};
  }
};

// The terms of dbeta and dgamma: g and g x^.
struct ParameterGradients {
  Statistics statistics;
  struct Channel {
    Normaliser normalised;
    __device__ double2 operator()(std::int64_t, float v, float g) const {
      return make_double2(static_cast<double>(g),
                          static_cast<double>(g) * static_cast<double>(normalised(v)));
    }
  };
  __device__ Channel of(int channel) const { return {statistics.of(channel)}; }
};

// dx = gamma inverse (g - dbeta / m - x^ dgamma / m)
struct InputGradient {
  Statistics statistics;
  const float *gamma, *dgamma, *dbeta;
  float count;
  struct Channel {
    Normaliser normalised;
    float scale, mean_g, mean_gx;
    __device__ float operator()(std::int64_t, float v, float g) const {
      return scale * (g - mean_g - normalised(v) * mean_gx);
    }
  };
  __device__ Channel of(int channel) const {
    const Normaliser normalised = statistics.of(channel);
    return {normalised, gamma[channel] * normalised.inverse, dbeta[channel] / count,
            dgamma[channel] / count};
  }
};

// Two sums a channel: partial[band, 0 and 1, c] = the sums of f.of(c)(i, x[i], ...) over the rows
// of a band, which are every gridDim.y-th group of rows.
template <int kWidth, int kInputs, typename F>
__global__ void __launch_bounds__(kThreads)
    channel_sums_kernel(Inputs<kInputs> inputs, double* __restrict__ partial, ChannelGrid grid,
                        F f) {
  SHARED(sums, double[2 * kWidth * kThreads]);
  const auto at = ChannelPlace::of_thread<kWidth>(grid);
  double sum[2][kWidth] = {};
  if (at.inside) {
    typename F::Channel channel[kWidth];
#pragma unroll
    for (int l = 0; l < kWidth; ++l) channel[l] = f.of(at.channel + l);
    for (std::int64_t row = at.row; row < grid.rows; row += kInFlight * at.step) {
      RowsInFlight<kWidth, kInputs> v;
      v.load(inputs, grid, at, row);
#pragma unroll
      for (int k = 0; k < kInFlight; ++k) {
        if (row + k * at.step >= grid.rows) break;
        const std::int64_t i = (row + k * at.step) * grid.channels + at.channel;
#pragma unroll
        for (int l = 0; l < kWidth; ++l) {
          const double2 terms = apply_channel(channel[l], i + l, v, k, l);
          sum[0][l] += terms.x;
          sum[1][l] += terms.y;
        }
      }
    }
  }
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    sums[(2 * l) * kThreads + threadIdx.x] = sum[0][l];
    sums[(2 * l + 1) * kThreads + threadIdx.x] = sum[1][l];
  }
  add_lanes<2 * kWidth>(sums, grid.columns, grid.lanes);
  if (!at.inside || at.lane != 0) return;
  double* const to = partial + std::int64_t{blockIdx.y} * 2 * grid.channels + at.channel;
#pragma unroll
  for (int l = 0; l < kWidth; ++l) {
    to[l] = sums[(2 * l) * kThreads + threadIdx.x];
    to[grid.channels + l] = sums[(2 * l + 1) * kThreads + threadIdx.x];
  }
}

// mean = origin + sum d / m, variance = sum d^2 / m - (sum d / m)^2, where d = x - origin.
__global__ void __launch_bounds__(kThreads)
    finish_moments_kernel(const float* __restrict__ x, const double* __restrict__ sums,
                          float* __restrict__ mean, float* __restrict__ variance, int channels,
                          double count) {
  const int c = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (c >= channels) return;
  const double shift = sums[c] / count;
  mean[c] = static_cast<float>(static_cast<double>(x[c]) + shift);
  variance[c] = static_cast<float>(sums[channels + c] / count - shift * shift);
}

// The two sums of each channel, as [2, C].
template <typename F, std::size_t kInputs>
Tensor channel_sums(const char* op, const Tensor* const (&all)[kInputs], double flop, F f,
                    DType to) {
  const std::array<const Tensor*, kInputs> tensors = std::to_array(all);
  const auto inputs = inputs_of(op, tensors);
  const Tensor& x = *tensors[0];
  Tensor partial;
  with_width(channels_go_in_vectors(tensors), [&](auto width) {
    constexpr int kWidth = decltype(width)::value;
    constexpr std::int64_t kRounds = 4, kMostBands = 512;
    const ChannelGrid grid(x, kWidth);
    const std::int64_t bands =
        std::clamp<std::int64_t>(grid.rows / (grid.lanes * kInFlight * kRounds), 1, kMostBands);
    partial = Tensor({bands, 2, grid.channels}, DType::f64, x.device());
    launch({.kernel = op,
            .grid = grid.grid(kWidth, bands),
            .block = dim3(kThreads),
            .shapes = str(x.shape()),
            .flop = flop * static_cast<double>(x.numel()),
            .bytes = static_cast<double>(kInputs * x.nbytes() + partial.nbytes())},
           channel_sums_kernel<kWidth, static_cast<int>(kInputs), F>, inputs,
           partial.mutable_device_data<double>(), grid, f);
  });
  const std::int64_t channels = x.dim(-1);
  return sum_terms(op, partial, 1, partial.dim(0), 2 * channels, to).reshape({2, channels});
}

Statistics statistics_of(const ChannelMoments& moments, double epsilon) {
  return {moments.mean.device_data<float>(), moments.variance.device_data<float>(),
          static_cast<float>(epsilon)};
}

}  // namespace

ChannelMoments GpuBackend::channel_moments(const Tensor& x) const {
  const std::int64_t channels = x.dim(-1);
  const Tensor sums =
      channel_sums("channel_moments", {&x}, 4, Moments{x.device_data<float>()}, DType::f64);
  ChannelMoments moments{Tensor({channels}, DType::f32, x.device()),
                         Tensor({channels}, DType::f32, x.device())};
  launch({.kernel = "channel_moments_finish",
          .grid = blocks_for(channels, kThreads),
          .block = dim3(kThreads),
          .shapes = str(x.shape()),
          .flop = 5 * static_cast<double>(channels),
          .bytes = bytes_of({&sums, &moments.mean, &moments.variance})},
         finish_moments_kernel, x.device_data<float>(), sums.device_data<double>(),
         moments.mean.mutable_device_data<float>(), moments.variance.mutable_device_data<float>(),
         static_cast<int>(channels), static_cast<double>(x.numel() / channels));
  return moments;
}

Tensor GpuBackend::batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                              const Tensor& beta, double epsilon) const {
  return channel_map("batch_norm", {&x}, 4,
                     Normalise{statistics_of(moments, epsilon), gamma.device_data<float>(),
                               beta.device_data<float>()});
}

BatchNormGradients GpuBackend::batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                                    const Tensor& gamma, double epsilon,
                                                    const Tensor& g) const {
  const Statistics statistics = statistics_of(moments, epsilon);
  const std::int64_t channels = x.dim(-1);
  if (x.numel() == 0)
    return {Tensor(x.shape(), DType::f32, x.device()),
            Tensor::zeros({channels}, DType::f32, x.device()),
            Tensor::zeros({channels}, DType::f32, x.device())};
  const Tensor sums = channel_sums("batch_norm_parameter_gradients", {&x, &g}, 5,
                                   ParameterGradients{statistics}, DType::f32);
  const Tensor dbeta = sums.rows(0, 1).reshape({channels});
  const Tensor dgamma = sums.rows(1, 1).reshape({channels});
  const Tensor dx = channel_map(
      "batch_norm_input_gradient", {&x, &g}, 6,
      InputGradient{statistics, gamma.device_data<float>(), dgamma.device_data<float>(),
                    dbeta.device_data<float>(), static_cast<float>(x.numel() / channels)});
  return {dx, dgamma, dbeta};
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
