#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/channel_view.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

// Adds up, per channel, the K terms that f(element index, channel, k) gives, in double; short runs
// of pixels are first added in T, which the compiler turns into vector instructions. Each image and
// block is summed by one thread, and the images in order, so that the sum does not depend on the
// number of threads.
template <typename T, std::size_t K, typename F>
std::vector<std::array<double, K>> channel_sums(const ChannelView& view, F&& f) {
  constexpr std::int64_t kRun = 64;
  const std::int64_t channels = view.blocks * view.lanes;
  std::vector<std::array<double, K>> partial(static_cast<std::size_t>(view.images * channels));
  parallel_for(view.images * view.blocks, [&](std::int64_t row) {
    const std::int64_t channel = row % view.blocks * view.lanes;
    auto* sums = &partial[static_cast<std::size_t>(row * view.lanes)];
    std::vector<T> run(static_cast<std::size_t>(view.lanes));
    for (std::int64_t first = 0; first < view.pixels; first += kRun) {
      const std::int64_t last = std::min(view.pixels, first + kRun);
      for (std::size_t k = 0; k < K; ++k) {
        std::fill(run.begin(), run.end(), T{0});
        for (std::int64_t p = first; p < last; ++p) {
          const std::int64_t at = (row * view.pixels + p) * view.lanes;
          T* const to = run.data();
          for (std::int64_t l = 0; l < view.lanes; ++l) to[l] += f(at + l, channel + l, k);
        }
        for (std::int64_t l = 0; l < view.lanes; ++l)
          sums[l][k] += static_cast<double>(run[static_cast<std::size_t>(l)]);
      }
    }
  });
  std::vector<std::array<double, K>> total(static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < partial.size(); ++i)
    for (std::size_t k = 0; k < K; ++k)
      total[i % static_cast<std::size_t>(channels)][k] += partial[i][k];
  return total;
}

// out[i] = f(i, channel of i), in parallel.
template <typename F>
void for_channels(const ChannelView& view, F&& f) {
  parallel_for(view.images * view.blocks, [&](std::int64_t row) {
    const std::int64_t channel = row % view.blocks * view.lanes;
    for (std::int64_t p = 0; p < view.pixels; ++p)
      for (std::int64_t l = 0; l < view.lanes; ++l)
        f((row * view.pixels + p) * view.lanes + l, channel + l);
  });
}

template <typename T>
std::vector<T> inverse_deviation(const ChannelMoments& moments, double epsilon) {
  std::vector<T> inverse(static_cast<std::size_t>(moments.variance.numel()));
  for (std::size_t c = 0; c < inverse.size(); ++c)
    inverse[c] = static_cast<T>(
        1.0 / std::sqrt(moments.variance.at(static_cast<std::int64_t>(c)) + epsilon));
  return inverse;
}

}  // namespace

ChannelMoments CpuBackend::channel_moments(const Tensor& x) const {
  const ChannelView view(x);
  const auto count = static_cast<double>(view.images * view.pixels);
  ChannelMoments moments{Tensor({x.dim(-1)}, x.dtype()), Tensor({x.dim(-1)}, x.dtype())};
  dispatch_floating(x.dtype(), "channel_moments", [&](auto type) {
    using T = decltype(type);
    const T* in = x.data<T>();
    const auto sums =
        channel_sums<T, 1>(view, [&](std::int64_t i, std::int64_t, std::size_t) { return in[i]; });
    T *m = moments.mean.mutable_data<T>(), *v = moments.variance.mutable_data<T>();
    for (std::size_t c = 0; c < sums.size(); ++c) m[c] = static_cast<T>(sums[c][0] / count);
    // Around the rounded mean, and put right by what the rounding took away.
    const auto squares =
        channel_sums<T, 2>(view, [&](std::int64_t i, std::int64_t c, std::size_t k) {
          const T off = in[i] - m[c];
          return k == 0 ? off * off : off;
        });
    for (std::size_t c = 0; c < squares.size(); ++c) {
      const double shift = squares[c][1] / count;
      v[c] = static_cast<T>(squares[c][0] / count - shift * shift);
    }
  });
  return moments;
}

Tensor CpuBackend::batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                              const Tensor& beta, double epsilon) const {
  Tensor y(x.shape(), x.dtype(), x.device(), x.layout());
  dispatch_floating(x.dtype(), "batch_norm", [&](auto type) {
    using T = decltype(type);
    const std::vector<T> inverse = inverse_deviation<T>(moments, epsilon);
    const T *in = x.data<T>(), *mean = moments.mean.data<T>();
    const T *scale = gamma.data<T>(), *shift = beta.data<T>();
    T* out = y.mutable_data<T>();
    for_channels(ChannelView(x), [&](std::int64_t i, std::int64_t c) {
      out[i] = (in[i] - mean[c]) * inverse[static_cast<std::size_t>(c)] * scale[c] + shift[c];
    });
  });
  return y;
}

BatchNormGradients CpuBackend::batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                                    const Tensor& gamma, double epsilon,
                                                    const Tensor& g) const {
  const Tensor cotangent = g.in_layout(x.layout());
  const ChannelView view(x);
  const std::int64_t channels = x.dim(-1), count = view.images * view.pixels;
  BatchNormGradients result{Tensor(x.shape(), x.dtype(), x.device(), x.layout()),
                            Tensor({channels}, x.dtype()), Tensor({channels}, x.dtype())};
  dispatch_floating(x.dtype(), "batch_norm_gradients", [&](auto type) {
    using T = decltype(type);
    const std::vector<T> inverse = inverse_deviation<T>(moments, epsilon);
    const T *in = x.data<T>(), *mean = moments.mean.data<T>(), *scale = gamma.data<T>();
    const T* pg = cotangent.data<T>();
    const auto normalised = [&](std::int64_t i, std::int64_t c) {
      return (in[i] - mean[c]) * inverse[static_cast<std::size_t>(c)];
    };
    const auto sums = channel_sums<T, 2>(view, [&](std::int64_t i, std::int64_t c, std::size_t k) {
      return k == 0 ? pg[i] : pg[i] * normalised(i, c);
    });
    T *dgamma = result.gamma.mutable_data<T>(), *dbeta = result.beta.mutable_data<T>();
    for (std::size_t c = 0; c < sums.size(); ++c) {
      dbeta[c] = static_cast<T>(sums[c][0]);
      dgamma[c] = static_cast<T>(sums[c][1]);
    }
    T* dx = result.x.mutable_data<T>();
    const T m = static_cast<T>(count);
    for_channels(view, [&](std::int64_t i, std::int64_t c) {
      dx[i] = scale[c] * inverse[static_cast<std::size_t>(c)] *
              (pg[i] - dbeta[c] / m - normalised(i, c) * dgamma[c] / m);
    });
  });
  return result;
}

}  // namespace backlight::kernels
