#include "xai/blend.h"

#include "kernels/elementwise.h"

namespace backlight {

using kernels::Binary;

Tensor blend(const Tensor& x, const Tensor& baseline, const Tensor& masks) {
  const Tensor shown = masks.to(x.device());
  const Tensor hidden = kernels::affine(shown, -1, 1);
  return kernels::binary(Binary::add, kernels::binary(Binary::multiply, x, shown),
                         kernels::binary(Binary::multiply, baseline, hidden));
}

void check_picture_and_baseline(const Tensor& x, const Tensor& baseline) {
  require(x.rank() == 4 && x.dim(0) == 1, "one picture [1,H,W,C] is needed, not ", x.shape());
  require(baseline.shape() == x.shape() && baseline.dtype() == x.dtype(), "a baseline of shape ",
          baseline.shape(), " in ", name_of(baseline.dtype()), " does not fit a picture of ",
          x.shape(), " in ", name_of(x.dtype()));
  require(baseline.device() == x.device(), "the baseline must be on the picture's device");
}

}  // namespace backlight
