#include "autograd/adam.h"

#include <cmath>

namespace backlight {

Adam::Adam(std::vector<Tensor*> parameters, AdamOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const Tensor* parameter : parameters_) {
    m_.push_back(Tensor::zeros(parameter->shape(), parameter->dtype()));
    v_.push_back(Tensor::zeros(parameter->shape(), parameter->dtype()));
  }
}

void Adam::step(const std::vector<Tensor>& gradients) {
  require(gradients.size() == parameters_.size(), "Adam: ", gradients.size(), " gradients for ",
          parameters_.size(), " parameters");
  ++steps_;
  const double first = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double second = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = *parameters_[i];
    const Tensor gradient = gradients[i].dense();
    require(gradient.shape() == parameter.shape(), "Adam: a gradient of shape ", gradient.shape(),
            " for a parameter of ", parameter.shape());
    dispatch_floating(parameter.dtype(), "Adam", [&](auto type) {
      using T = decltype(type);
      const T* g = gradient.data<T>();
      T *p = parameter.mutable_data<T>(), *m = m_[i].mutable_data<T>();
      T* v = v_[i].mutable_data<T>();
      const T beta1 = static_cast<T>(options_.beta1), beta2 = static_cast<T>(options_.beta2);
      const T rate = static_cast<T>(options_.learning_rate / first);
      const T spread = static_cast<T>(std::sqrt(second)),
              epsilon = static_cast<T>(options_.epsilon);
      for (std::int64_t k = 0; k < parameter.numel(); ++k) {
        m[k] = beta1 * m[k] + (1 - beta1) * g[k];
        v[k] = beta2 * v[k] + (1 - beta2) * g[k] * g[k];
        p[k] -= rate * m[k] / (std::sqrt(v[k]) / spread + epsilon);
      }
    });
  }
}

}  // namespace backlight
