#include "xai/ridge.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/gemm.h"
#include "xai/cholesky.h"

namespace backlight {
namespace {

using Vector = std::vector<double>;

// A sample that the line runs through whatever its score is counts as if it left this much free.
constexpr double kLeastFree = 1e-3;

double weighted_mean(const Vector& values, const Vector& w, double total) {
  return std::inner_product(values.begin(), values.end(), w.begin(), 0.0) / total;
}

double r2_of(const Vector& y, const Vector& fitted, const Vector& w, double mean) {
  double missed = 0, spread = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    missed += w[i] * (y[i] - fitted[i]) * (y[i] - fitted[i]);
    spread += w[i] * (y[i] - mean) * (y[i] - mean);
  }
  if (spread == 0) return missed == 0 ? 1 : 0;
  return 1 - missed / spread;
}

// The samples less their weighted means, each times the root of its weight; X transposed, [M,N], so
// that the products of its columns run through memory in order.
struct Centred {
  Tensor x, y;
  Vector x_mean;
  double y_mean = 0;
};

Centred centred(const Tensor& x, const Vector& y, const Vector& w, double total) {
  const std::size_t n = y.size(), m = static_cast<std::size_t>(x.dim(1));
  const double* const samples = x.data<double>();
  Centred result{Tensor({x.dim(1), x.dim(0)}, DType::f64), Tensor({x.dim(0), 1}, DType::f64),
                 Vector(m, 0), weighted_mean(y, w, total)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) result.x_mean[j] += w[i] / total * samples[i * m + j];
  double* const columns = result.x.mutable_data<double>();
  double* const target = result.y.mutable_data<double>();
  for (std::size_t i = 0; i < n; ++i) {
    const double root = std::sqrt(w[i]);
    for (std::size_t j = 0; j < m; ++j)
      columns[j * n + i] = root * (samples[i * m + j] - result.x_mean[j]);
    target[i] = root * (y[i] - result.y_mean);
  }
  return result;
}

void check(const Tensor& x, const Vector& y, const Vector& w, double alpha) {
  require(x.rank() == 2 && x.numel() > 0 && x.dim(0) == static_cast<std::int64_t>(y.size()) &&
              y.size() == w.size(),
          "a regression of ", y.size(), " values with ", w.size(), " weights does not fit samples ",
          x.shape());
  require(alpha >= 0, "a ridge penalty must not be negative, but is ", alpha);
  for (const double weight : w)
    require(weight >= 0, "the weight of a sample must not be negative, but is ", weight);
}

// The spread of the weights, by the samples' own residuals r: sample i moves them by
//   A^-1 X_i w_i r_i / (1 - h_i),  h_i = w_i X_i^T A^-1 X_i + w_i / sum w.
Vector standard_errors(const Cholesky& a, const Centred& data, const Vector& residuals,
                       const Vector& w, double total) {
  const std::size_t n = w.size(), m = data.x_mean.size();
  const double* const columns = data.x.data<double>();
  Vector variances(m), row(m);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) row[j] = columns[j * n + i];  // times the root of w_i
    const Vector moved = a.solve(row);
    const double leverage =
        std::inner_product(row.begin(), row.end(), moved.begin(), 0.0) + w[i] / total;
    const double weighted = std::sqrt(w[i]) * residuals[i] / std::max(kLeastFree, 1 - leverage);
    for (std::size_t j = 0; j < m; ++j) variances[j] += weighted * weighted * moved[j] * moved[j];
  }
  for (double& variance : variances) variance = std::sqrt(variance);
  return variances;
}

}  // namespace

LinearFit fit_ridge(const Tensor& x, const Vector& y, const Vector& w, double alpha) {
  check(x, y, w, alpha);
  const double total = std::accumulate(w.begin(), w.end(), 0.0);
  require(total > 0, "every sample has the weight 0; widen the kernel");
  const Centred data = centred(x, y, w, total);
  const Tensor gram = kernels::gemm(data.x, false, data.x, true);
  const Tensor moment = kernels::gemm(data.x, false, data.y, false);
  const std::size_t n = y.size(), m = data.x_mean.size();
  Vector normal(gram.data<double>(), gram.data<double>() + m * m);
  for (std::size_t j = 0; j < m; ++j) normal[j * m + j] += alpha;
  const Cholesky a(std::move(normal), m);
  require(a.is_definite(),
          "the samples do not determine the linear model; draw more samples or raise the ridge "
          "penalty");

  LinearFit fit;
  fit.weights = a.solve(Vector(moment.data<double>(), moment.data<double>() + m));
  fit.intercept = data.y_mean - std::inner_product(data.x_mean.begin(), data.x_mean.end(),
                                                   fit.weights.begin(), 0.0);
  Vector fitted(n), residuals(n);
  for (std::size_t i = 0; i < n; ++i) {
    fitted[i] = std::inner_product(fit.weights.begin(), fit.weights.end(), x.data<double>() + i * m,
                                   fit.intercept);
    residuals[i] = y[i] - fitted[i];
  }
  fit.r2 = r2_of(y, fitted, w, data.y_mean);
  fit.standard_errors = standard_errors(a, data, residuals, w, total);
  return fit;
}

}  // namespace backlight
