#include "kernels/optimiser.h"

#include "kernels/backend.h"

namespace backlight::kernels {

void adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                 const AdamCoefficients& c) {
  for (const Tensor* tensor : {&g, static_cast<const Tensor*>(&m), static_cast<const Tensor*>(&v)})
    require(tensor->shape() == parameter.shape(), "Adam: a gradient of shape ", tensor->shape(),
            " for a parameter of ", parameter.shape());
  require_same_device("Adam", {&parameter, &m, &v, &g});
  backend_of(parameter).adam_update(parameter, m, v, g, c);
}

}  // namespace backlight::kernels
