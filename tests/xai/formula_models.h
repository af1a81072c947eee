// Models whose gradients are known by formula.
#pragma once

#include "tests/testing.h"
#include "xai/model.h"

namespace backlight::testing {

// logit_c = sum_i slope[c,i] x[i] + curvature[c,i] x[i]^2 / 2 + bias[c], for inputs of any shape:
// the gradient at x is slope[c] + curvature[c] x.
struct Quadratic {
  Tensor slope, curvature, bias;

  Quadratic(std::int64_t classes, std::int64_t size, DType dtype, double bend = 1)
      : slope(uniform({classes, size}, dtype, 1)),
        curvature(affine(uniform({classes, size}, dtype, 2), bend, 0).value()),
        bias(uniform({classes}, dtype, 3)) {}

  Var operator()(const Var& x) const {
    const Var flat = flatten(x);
    return add(linear(flat, slope, bias),
               linear(affine(multiply(flat, flat), 0.5, 0), curvature, Var()));
  }

  // What each element adds to logit_c at x more than at baseline, of their shape.
  Tensor contributions(std::int64_t c, const Tensor& x, const Tensor& baseline) const {
    const auto terms = [&](const Tensor& at) {
      const Var flat = Var(at.reshape({1, at.numel()}));
      const Var bent = multiply(curvature.rows(c, 1), affine(multiply(flat, flat), 0.5, 0));
      return add(bent, multiply(slope.rows(c, 1), flat));
    };
    return subtract(terms(x), terms(baseline)).value().reshape(x.shape());
  }

  // d logit_c / d x at x, of its shape.
  Tensor gradient(std::int64_t c, const Tensor& x) const {
    const Var bent = multiply(curvature.rows(c, 1), x.reshape({1, x.numel()}));
    return add(bent, slope.rows(c, 1)).value().reshape(x.shape());
  }
};

}  // namespace backlight::testing
