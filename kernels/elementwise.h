// Elementwise arithmetic, with NumPy's broadcasting.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

enum class Unary : std::uint8_t { exp, log, tanh, sigmoid };
enum class Binary : std::uint8_t { add, subtract, multiply, divide };

// y = f(x), in the layout of x.
Tensor unary(Unary f, const Tensor& x);

// y = a op b. The shapes are aligned at their last axes; an extent of 1 is repeated.
// Errors: shapes that do not broadcast.
Tensor binary(Binary op, const Tensor& a, const Tensor& b);

// y = scale x + shift, in the layout of x.
Tensor affine(const Tensor& x, double scale, double shift);

// y = x^p, in the layout of x.
Tensor power(const Tensor& x, double p);

// The shape that a and b broadcast to. Errors: they do not.
Shape broadcast_shape(const Shape& a, const Shape& b);

// x repeated to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

// The transpose of broadcast_to: sums x over the axes along which `shape` would be repeated.
// Accumulates in double, in an order that does not depend on the number of threads.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace backlight::kernels
