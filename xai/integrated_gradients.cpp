#include "xai/integrated_gradients.h"

#include "kernels/elementwise.h"
#include "xai/gradient_sum.h"

namespace backlight {
namespace {

using kernels::Binary;

// Rows [count,...]: baseline + a_k (x - baseline) for the nodes k from `first` on.
Tensor points_on_path(const Tensor& baseline, const Tensor& difference,
                      const std::vector<double>& nodes, std::int64_t first, std::int64_t count) {
  std::vector<Tensor> points;
  for (std::int64_t k = first; k < first + count; ++k)
    points.push_back(kernels::binary(
        Binary::add, baseline, kernels::affine(difference, nodes[static_cast<std::size_t>(k)], 0)));
  return concatenate(points);
}

}  // namespace

IntegratedGradientsResult integrated_gradients(const Model& model, const Tensor& x,
                                               const Tensor& baseline, const Objective& objective,
                                               const IntegratedGradientsOptions& options,
                                               const Work& work) {
  require(baseline.shape() == x.shape(), "a baseline of shape ", baseline.shape(),
          " does not fit an input of ", x.shape());
  const bool notebook = options.variant == Variant::notebook;
  const Quadrature rule = notebook ? Quadrature::left : options.quadrature;
  const Nodes nodes = quadrature_nodes(rule, options.steps);
  const Tensor difference = kernels::binary(Binary::subtract, x, baseline);
  const kernels::GradientSums mean = sum_gradients(
      model, objective, options.steps,
      [&](std::int64_t first, std::int64_t count) {
        return points_on_path(baseline, difference, nodes.points, first, count);
      },
      [&](std::int64_t k) { return nodes.weights[static_cast<std::size_t>(k)]; }, Part::value,
      work);
  const Tensor attribution =
      kernels::binary(Binary::multiply, difference.to(Device::cpu).to(DType::f64), mean.sum);
  IntegratedGradientsResult result;
  result.values = (notebook ? mean.sum : attribution).to(x.dtype());
  result.sum = kernels::sum_to(attribution, {}).item();
  result.expected = evaluate(model, x, objective) - evaluate(model, baseline, objective);
  return result;
}

}  // namespace backlight
