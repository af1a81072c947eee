#include "kernels/multipliers.h"

#include "kernels/backend.h"

namespace backlight::kernels {

Tensor relu_multipliers(const Tensor& g, const Tensor& x, double threshold) {
  require(g.shape() == x.shape() && g.dtype() == x.dtype() && x.rank() >= 1,
          "relu_multipliers: cotangents ", g.shape(), " do not fit an input of ", x.shape());
  require_same_device("relu_multipliers", {&g, &x});
  return backend_of(x).relu_multipliers(g, x, threshold);
}

PoolMultipliers max_pool2d_multipliers(const Tensor& g, const Tensor& x, const PoolIndex& index,
                                       double threshold, double at_ties) {
  require(g.shape() == index.position.shape() && x.shape() == index.input_shape &&
              g.dtype() == x.dtype(),
          "max_pool2d_multipliers: cotangents ", g.shape(), " of an input ", x.shape(),
          " do not fit an index of ", index.input_shape, " pooled to ", index.position.shape());
  require_same_device("max_pool2d_multipliers", {&g, &x, &index.position});
  return backend_of(x).max_pool2d_multipliers(g, x, index, threshold, at_ties);
}

}  // namespace backlight::kernels
