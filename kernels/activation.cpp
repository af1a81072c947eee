#include "kernels/activation.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check_mask(const char* op, const Tensor& x, const PositiveMask& mask) {
  require(x.shape() == mask.shape, op, ": a mask of shape ", mask.shape,
          " does not fit a tensor of shape ", x.shape());
  require_same_device(op, {&x, &mask.bits});
}

void check_slope(const char* op, const Tensor& x, const Tensor& slope) {
  require(slope.numel() == 1 || slope.numel() == x.dim(-1), op, ": ", slope.numel(),
          " slopes for an input of ", x.dim(-1), " channels");
  require_same_device(op, {&x, &slope});
}

}  // namespace

Tensor relu(const Tensor& x) { return backend_of(x).relu(x); }

PositiveMask positive_mask(const Tensor& x) { return backend_of(x).positive_mask(x); }

Tensor apply_mask(const Tensor& g, const PositiveMask& mask) {
  check_mask("apply_mask", g, mask);
  return backend_of(g).apply_mask(g, mask);
}

PositiveMask complement(const PositiveMask& mask) { return backend_of(mask.bits).complement(mask); }

Tensor prelu(const Tensor& x, const Tensor& slope) {
  check_slope("prelu", x, slope);
  return backend_of(x).prelu(x, slope);
}

Tensor prelu_gradient(const Tensor& g, const PositiveMask& mask, const Tensor& slope) {
  check_mask("prelu_gradient", g, mask);
  check_slope("prelu_gradient", g, slope);
  return backend_of(g).prelu_gradient(g, mask, slope);
}

}  // namespace backlight::kernels
