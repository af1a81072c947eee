#include "layers/activation.h"

#include "kernels/noise.h"

namespace backlight {

Var Dropout::forward(const Var& x) {
  if (!training() || p_ == 0) return x;
  return multiply(
      x, kernels::dropout_mask(x.shape(), p_, seed_, draws_++, x.dtype(), x.value().device()));
}

}  // namespace backlight
