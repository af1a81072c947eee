#include "kernels/pooling.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check_fits(const char* op, const Tensor& x, const Shape& wanted, const PoolIndex& index) {
  require(x.shape() == wanted, op, ": a tensor of shape ", x.shape(), " does not fit an index of ",
          wanted);
  require_same_device(op, {&x, &index.position});
}

}  // namespace

Shape pooled_shape(const Shape& x, PoolGeometry at) {
  require(x.rank() == 4, "max_pool2d wants [N,H,W,C], not ", x);
  require(at.window >= 1 && at.window <= 15 && at.stride >= 1, "max_pool2d: a window of ",
          at.window, " with stride ", at.stride, " is not supported; use a window of 1 to 15");
  require(x[1] >= at.window && x[2] >= at.window, "max_pool2d: a window of ", at.window,
          " is larger than the input ", x);
  return {x[0], (x[1] - at.window) / at.stride + 1, (x[2] - at.window) / at.stride + 1, x[3]};
}

Tensor max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index, bool after_relu) {
  (void)pooled_shape(x.shape(), geometry);
  return backend_of(x).max_pool2d(x, geometry, index, after_relu);
}

Tensor unpool2d(const Tensor& g, const PoolIndex& index) {
  check_fits("unpool2d", g, index.position.shape(), index);
  return backend_of(g).unpool2d(g, index);
}

Tensor pick_pooled(const Tensor& x, const PoolIndex& index) {
  check_fits("pick_pooled", x, index.input_shape, index);
  return backend_of(x).pick_pooled(x, index);
}

}  // namespace backlight::kernels
