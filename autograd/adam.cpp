#include "autograd/adam.h"

#include <cmath>

#include "kernels/optimiser.h"

namespace backlight {

Adam::Adam(std::vector<Tensor*> parameters, AdamOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const Tensor* parameter : parameters_) {
    m_.push_back(Tensor::zeros(parameter->shape(), parameter->dtype(), parameter->device()));
    v_.push_back(Tensor::zeros(parameter->shape(), parameter->dtype(), parameter->device()));
  }
}

void Adam::step(const std::vector<Tensor>& gradients) {
  require(gradients.size() == parameters_.size(), "Adam: ", gradients.size(), " gradients for ",
          parameters_.size(), " parameters");
  ++steps_;
  const double first = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double second = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const kernels::AdamCoefficients c{options_.beta1, options_.beta2, options_.epsilon,
                                      options_.learning_rate / first, std::sqrt(second)};
    kernels::adam_update(*parameters_[i], m_[i], v_[i], gradients[i].dense(), c);
  }
}

}  // namespace backlight
