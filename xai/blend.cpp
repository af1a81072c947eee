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

std::vector<bool> differing_pixels(const Tensor& x, const Tensor& baseline) {
  const Tensor picture = x.to(Device::cpu).dense(), other = baseline.to(Device::cpu).dense();
  const std::int64_t channels = x.dim(3);
  std::vector<bool> differs(static_cast<std::size_t>(x.numel() / channels));
  dispatch_floating(x.dtype(), "a comparison of pictures", [&](auto type) {
    using T = decltype(type);
    const T *a = picture.data<T>(), *b = other.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i)
      if (a[i] != b[i]) differs[static_cast<std::size_t>(i / channels)] = true;
  });
  return differs;
}

void check_picture_and_baseline(const Tensor& x, const Tensor& baseline) {
  require(x.rank() == 4 && x.dim(0) == 1, "one picture [1,H,W,C] is needed, not ", x.shape());
  require(baseline.shape() == x.shape() && baseline.dtype() == x.dtype(), "a baseline of shape ",
          baseline.shape(), " in ", name_of(baseline.dtype()), " does not fit a picture of ",
          x.shape(), " in ", name_of(x.dtype()));
  require(baseline.device() == x.device(), "the baseline must be on the picture's device");
}

}  // namespace backlight
