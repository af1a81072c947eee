#include "xai/lrp/rules.h"

#include <cmath>

#include "kernels/activation.h"
#include "kernels/elementwise.h"

namespace backlight {
namespace modifiers {

using kernels::affine;
using kernels::Binary;
using kernels::binary;

Tensor same(const Tensor& x) { return x; }
Tensor positive(const Tensor& x) { return kernels::relu(x); }
Tensor negative(const Tensor& x) { return affine(kernels::relu(affine(x, -1, 0)), -1, 0); }
Tensor squared(const Tensor& x) { return binary(Binary::multiply, x, x); }
Tensor ones(const Tensor& x) { return Tensor::full(x.shape(), 1, x.dtype(), x.device()); }
Tensor none(const Tensor&) { return {}; }

Modifier constant(double value) {
  return [=](const Tensor& x) { return Tensor::full(x.shape(), value, x.dtype(), x.device()); };
}

Modifier grow_positive(double gamma) {
  return [=](const Tensor& x) { return binary(Binary::add, x, affine(positive(x), gamma, 0)); };
}

Modifier grow_negative(double gamma) {
  return [=](const Tensor& x) { return binary(Binary::add, x, affine(negative(x), gamma, 0)); };
}

}  // namespace modifiers

using namespace modifiers;

LinearRule epsilon_rule(double epsilon) {
  return {str("epsilon ", epsilon), {{.copies = {{same, same, same}}}}, epsilon};
}

LinearRule gamma_rule(double gamma) {
  const Modifier more = grow_positive(gamma), less = grow_negative(gamma);
  return {
      str("gamma ", gamma),
      {{.copies = {{positive, more, more}, {negative, less, none}}, .gate = Gate::where_positive},
       {.copies = {{positive, less, less}, {negative, more, none}}, .gate = Gate::where_negative}}};
}

LinearRule alpha_beta_rule(double alpha, double beta) {
  require(beta >= 0 && std::abs(alpha - beta - 1) < 1e-12, "LRP's alpha ", alpha, " and beta ",
          beta, " must differ by 1, and beta must not be negative");
  return {
      str("alpha ", alpha, ", beta ", beta),
      {{.copies = {{positive, positive, positive}, {negative, negative, none}}, .share = alpha},
       {.copies = {{positive, negative, negative}, {negative, positive, none}}, .share = -beta}}};
}

LinearRule z_plus_rule() {
  return {"z+", {{.copies = {{positive, positive, positive}, {negative, negative, none}}}}};
}

LinearRule z_box_rule(double low, double high) {
  require(low < high, "the box of LRP's zB rule goes from a low to a high, not from ", low, " to ",
          high);
  return {str("zB ", low, " to ", high),
          {{.copies = {{same, same, none},
                       {constant(low), positive, none, -1},
                       {constant(high), negative, none, -1}}}}};
}

LinearRule w_squared_rule() { return {"w2", {{.copies = {{ones, squared, none}}}}}; }

LinearRule flat_rule() { return {"flat", {{.copies = {{ones, ones, none}}}}}; }

}  // namespace backlight
