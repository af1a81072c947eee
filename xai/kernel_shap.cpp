#include "xai/kernel_shap.h"

#include <cmath>
#include <numeric>

#include "xai/cholesky.h"
#include "xai/shapley_kernel.h"

namespace backlight {
namespace {

using Vector = std::vector<double>;

double sum_of(const Vector& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

// Least squares over coalitions, with the sum of the solution given.
class Regression {
 public:
  explicit Regression(const CoalitionPlan& plan)
      : plan_(plan),
        size_(plan.coalitions.front().shown.size()),
        a_(normal_matrix(), size_),
        ones_(a_.solve(Vector(size_, 1))) {}

  // P b + A^-1 1 total / 1^T A^-1 1: the solution for b = sum w z y.
  Vector solve(Vector b, double total) const {
    Vector phi = a_.solve(std::move(b));
    const double excess = (sum_of(phi) - total) / sum_of(ones_);
    for (std::size_t s = 0; s < size_; ++s) phi[s] -= excess * ones_[s];
    return phi;
  }

  // Adds weight y z to b for coalition k.
  void add(std::size_t k, double weighted, Vector& b) const {
    const Coalition& shown = plan_.coalitions[k].shown;
    for (std::size_t s = 0; s < size_; ++s)
      if (shown[s]) b[s] += weighted;
  }

  // y - z^T phi of coalition k.
  double residual(std::size_t k, double y, const Vector& phi) const {
    const Coalition& shown = plan_.coalitions[k].shown;
    for (std::size_t s = 0; s < size_; ++s)
      if (shown[s]) y -= phi[s];
    return y;
  }

  std::size_t size() const { return size_; }

 private:
  Vector normal_matrix() const {
    Vector a(size_ * size_);
    for (const auto& [shown, weight] : plan_.coalitions)
      for (std::size_t i = 0; i < size_; ++i)
        for (std::size_t j = 0; shown[i] && j <= i; ++j)
          if (shown[j]) a[i * size_ + j] += weight;
    return a;
  }

  const CoalitionPlan& plan_;
  std::size_t size_;
  Cholesky a_;
  Vector ones_;  // A^-1 1
};

// What each draw adds to the regression's gradient, and how far the solution moves with it.
Vector standard_errors(const CoalitionPlan& plan, const Regression& regression, const Vector& y,
                       const Vector& phi) {
  if (plan.draws == 0) return Vector(regression.size());
  const auto draws = static_cast<double>(plan.draws);
  std::vector<Vector> gradients;
  Vector mean(regression.size());
  for (std::size_t pair = 0; pair < plan.times.size(); ++pair) {
    Vector gradient(regression.size());
    const auto times = static_cast<double>(plan.times[pair]);
    for (const std::size_t k : {plan.taken + 2 * pair, plan.taken + 2 * pair + 1})
      regression.add(k, plan.coalitions[k].weight / times * regression.residual(k, y[k], phi),
                     gradient);
    for (std::size_t s = 0; s < mean.size(); ++s) mean[s] += times / draws * gradient[s];
    gradients.push_back(std::move(gradient));
  }
  Vector variances(regression.size());
  for (std::size_t pair = 0; pair < gradients.size(); ++pair) {
    for (std::size_t s = 0; s < mean.size(); ++s) gradients[pair][s] -= mean[s];
    const Vector moved = regression.solve(gradients[pair], 0);
    for (std::size_t s = 0; s < mean.size(); ++s)
      variances[s] += static_cast<double>(plan.times[pair]) * moved[s] * moved[s];
  }
  for (double& variance : variances) variance = std::sqrt(variance * draws / (draws - 1));
  return variances;
}

// A single segment has all there is, and no coalition to ask about.
KernelShapResult of_the_only_segment(const SegmentGame& game, const Work& work) {
  const Vector worths = game.worths(
      2, [&](std::int64_t k) { return k == 0 ? game.nobody() : game.everybody(); }, work);
  KernelShapResult result;
  result.sum = result.expected = worths[1] - worths[0];
  result.shapley_values = {result.sum};
  result.standard_errors = {0};
  result.values = game.map(result.shapley_values);
  result.is_exact = true;
  return result;
}

}  // namespace

KernelShapResult kernel_shap(const SegmentGame& game, const KernelShapOptions& options,
                             const Work& work) {
  if (game.players() == 1) return of_the_only_segment(game, work);
  const std::int64_t budget = options.samples == 0 ? 2 * game.players() + 2048 : options.samples;
  const CoalitionPlan plan = plan_coalitions(game.players(), budget, options.seed);
  // Last, the baseline and the whole picture.
  const auto count = static_cast<std::int64_t>(plan.coalitions.size());
  const auto coalition = [&](std::int64_t k) {
    if (k >= count) return k == count ? game.nobody() : game.everybody();
    return plan.coalitions[static_cast<std::size_t>(k)].shown;
  };
  Vector y = game.worths(count + 2, coalition, work);
  const double nothing = y[plan.coalitions.size()], all = y.back();
  for (double& worth : y) worth -= nothing;

  const Regression regression(plan);
  Vector b(regression.size());
  for (std::size_t k = 0; k < plan.coalitions.size(); ++k)
    regression.add(k, plan.coalitions[k].weight * y[k], b);

  KernelShapResult result;
  result.expected = all - nothing;
  result.shapley_values = regression.solve(b, result.expected);
  result.sum = sum_of(result.shapley_values);
  result.standard_errors = standard_errors(plan, regression, y, result.shapley_values);
  result.relative_error = relative_error_of(result.shapley_values, result.standard_errors);
  result.values = game.map(result.shapley_values);
  result.coalitions = count;
  result.is_exact = plan.draws == 0;
  return result;
}

}  // namespace backlight
