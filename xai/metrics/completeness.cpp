#include "xai/metrics/completeness.h"

#include "kernels/elementwise.h"

namespace backlight {

Completeness completeness(const Model& model, const Tensor& x, const Tensor& baseline,
                          const Tensor& map, const Objective& objective) {
  require(baseline.shape() == x.shape(), "a baseline of shape ", baseline.shape(),
          " does not fit an input of ", x.shape());
  const Tensor values = map.to(Device::cpu).to(DType::f64);
  return {.sum = kernels::sum_to(values, {}).item(),
          .expected = evaluate(model, x, objective) - evaluate(model, baseline, objective)};
}

}  // namespace backlight
