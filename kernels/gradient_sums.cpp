#include "kernels/gradient_sums.h"

#include "kernels/backend.h"

namespace backlight::kernels {

GradientSums zero_gradient_sums(const Shape& shape, Device device) {
  return {Tensor::zeros(shape, DType::f64, device), Tensor::zeros(shape, DType::f64, device)};
}

void add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                   GradientSums& sums) {
  require(g.rank() >= 1 && static_cast<std::size_t>(g.dim(0)) == weights.size(),
          "add_gradients: ", weights.size(), " weights for gradients of shape ", g.shape());
  require(g.shape().with(0, 1) == sums.sum.shape() && sums.squares.shape() == sums.sum.shape(),
          "add_gradients: gradients of shape ", g.shape(), " do not fit sums of ",
          sums.sum.shape());
  require_same_device("add_gradients", {&g, &sums.sum, &sums.squares});
  backend_of(g).add_gradients(g, weights, magnitude, sums);
}

}  // namespace backlight::kernels
