// Steps of optimisers on one parameter.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// The numbers of one step of Adam; see autograd/adam.h.
struct AdamCoefficients {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double rate = 1e-3;  // learning rate / (1 - beta1^t)
  double spread = 1;   // sqrt(1 - beta2^t)
};

// In place: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
// parameter -= rate m / (sqrt(v) / spread + epsilon). Errors: shapes or devices that do not fit.
void adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                 const AdamCoefficients& c);

}  // namespace backlight::kernels
