#include "kernels/elementwise.h"

#include <algorithm>
#include <vector>

#include "kernels/backend.h"

namespace backlight::kernels {

Tensor unary(Unary f, const Tensor& x) { return backend_of(x).unary(f, x); }

Tensor binary(Binary op, const Tensor& a, const Tensor& b) {
  const char* const names[] = {"add", "subtract", "multiply", "divide"};
  const char* const name = names[static_cast<std::size_t>(op)];
  require(a.dtype() == b.dtype(), name, " of ", name_of(a.dtype()), " and ", name_of(b.dtype()));
  require_same_device(name, {&a, &b});
  (void)broadcast_shape(a.shape(), b.shape());
  return backend_of(a).binary(op, a, b);
}

Tensor affine(const Tensor& x, double scale, double shift) {
  return backend_of(x).affine(x, scale, shift);
}

Tensor power(const Tensor& x, double p) { return backend_of(x).power(x, p); }

Shape broadcast_shape(const Shape& a, const Shape& b) {
  const std::int64_t rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> extents(static_cast<std::size_t>(rank));
  for (std::int64_t axis = 1; axis <= rank; ++axis) {
    const std::int64_t u = axis <= a.rank() ? a[-axis] : 1, v = axis <= b.rank() ? b[-axis] : 1;
    require(u == v || u == 1 || v == 1, "the shapes ", a, " and ", b, " do not broadcast");
    extents[static_cast<std::size_t>(rank - axis)] = u == 1 ? v : u;
  }
  return Shape(std::move(extents));
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast_shape(x.shape(), shape) == shape, "a tensor of shape ", x.shape(),
          " cannot be repeated to ", shape);
  return backend_of(x).broadcast_to(x, shape);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast_shape(shape, x.shape()) == x.shape(), "a tensor of shape ", x.shape(),
          " cannot be summed to ", shape);
  return backend_of(x).sum_to(x, shape);
}

}  // namespace backlight::kernels
