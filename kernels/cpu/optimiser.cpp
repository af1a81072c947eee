#include <cmath>

#include "kernels/cpu/backend.h"

namespace backlight::kernels {

void CpuBackend::adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                             const AdamCoefficients& c) const {
  dispatch_floating(parameter.dtype(), "Adam", [&](auto type) {
    using T = decltype(type);
    const T* gradient = g.data<T>();
    T *p = parameter.mutable_data<T>(), *first = m.mutable_data<T>();
    T* second = v.mutable_data<T>();
    const T beta1 = static_cast<T>(c.beta1), beta2 = static_cast<T>(c.beta2);
    const T rate = static_cast<T>(c.rate), spread = static_cast<T>(c.spread);
    const T epsilon = static_cast<T>(c.epsilon);
    for (std::int64_t k = 0; k < parameter.numel(); ++k) {
      first[k] = beta1 * first[k] + (1 - beta1) * gradient[k];
      second[k] = beta2 * second[k] + (1 - beta2) * gradient[k] * gradient[k];
      p[k] -= rate * first[k] / (std::sqrt(second[k]) / spread + epsilon);
    }
  });
}

}  // namespace backlight::kernels
