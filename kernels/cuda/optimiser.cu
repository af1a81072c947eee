// Adam. Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015,
// algorithm 1.
#include "kernels/optimiser.h"

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

struct Coefficients {
  float beta1, beta2, epsilon, rate, spread;
};

struct State {
  float *parameter, *m, *v;
};

// One element's step: m and v are running means of the gradient and of its square.
__device__ __forceinline__ void step(const Coefficients& c, float g, float& parameter, float& m,
                                     float& v) {
  m = c.beta1 * m + (1 - c.beta1) * g;
  v = c.beta2 * v + (1 - c.beta2) * g * g;
  parameter -= c.rate * m / (sqrtf(v) / c.spread + c.epsilon);
}

// A thread has one vector of each of the four tensors: four loads in flight.
template <int kWidth>
__global__ void __launch_bounds__(kThreads)
    adam_kernel(State state, const float* __restrict__ g, std::int64_t count, Coefficients c) {
  const std::int64_t i = vector_start<kWidth, 1>(0);
  if (i + kWidth <= count) {
    const Floats<kWidth> gradient = load_floats<kWidth>(g + i);
    Floats<kWidth> parameter = load_floats<kWidth>(state.parameter + i);
    Floats<kWidth> m = load_floats<kWidth>(state.m + i), v = load_floats<kWidth>(state.v + i);
#pragma unroll
    for (int l = 0; l < kWidth; ++l) step(c, gradient.at[l], parameter.at[l], m.at[l], v.at[l]);
    store_floats<kWidth>(state.parameter + i, parameter);
    store_floats<kWidth>(state.m + i, m);
    store_floats<kWidth>(state.v + i, v);
  }
  const std::int64_t last = tail_element<kWidth>(count);
  if (last < count) step(c, g[last], state.parameter[last], state.m[last], state.v[last]);
}

}  // namespace

void GpuBackend::adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                             const AdamCoefficients& c) const {
  require_float32("Adam", parameter);
  if (parameter.numel() == 0) return;
  const State state{parameter.mutable_device_data<float>(), m.mutable_device_data<float>(),
                    v.mutable_device_data<float>()};
  const float* gradient = g.device_data<float>();
  const bool aligned = is_aligned(state.parameter) && is_aligned(state.m) && is_aligned(state.v) &&
                       is_aligned(gradient);
  with_width(aligned, [&](auto width) {
    launch({.kernel = "adam_update",
            .grid = elementwise_grid(parameter.numel(), width(), 1),
            .block = dim3(kThreads),
            .shapes = str(parameter.shape()),
            .flop = 13 * static_cast<double>(parameter.numel()),
            .bytes = bytes_of({&parameter, &m, &v, &g, &parameter, &m, &v})},
           adam_kernel<decltype(width)::value>, state, gradient, parameter.numel(),
           Coefficients{static_cast<float>(c.beta1), static_cast<float>(c.beta2),
                        static_cast<float>(c.epsilon), static_cast<float>(c.rate),
                        static_cast<float>(c.spread)});
  });
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
