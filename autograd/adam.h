// The Adam optimiser.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

// Updates parameters in place, as torch.optim.Adam does. At step t, for each gradient g:
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,
//   p = p - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
// Source: Kingma and Ba, "Adam", ICLR 2015, algorithm 1.
class Adam {
 public:
  explicit Adam(std::vector<Tensor*> parameters, AdamOptions options = {});

  // One step. Errors: not one gradient of its shape for each parameter.
  void step(const std::vector<Tensor>& gradients);
  void set_learning_rate(double rate) { options_.learning_rate = rate; }

 private:
  std::vector<Tensor*> parameters_;
  std::vector<Tensor> m_, v_;
  AdamOptions options_;
  std::int64_t steps_ = 0;
};

}  // namespace backlight
