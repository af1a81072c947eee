#include "xai/cholesky.h"

#include <cmath>
#include <numeric>

namespace backlight {

Cholesky::Cholesky(std::vector<double> a, std::size_t size) : factor_(std::move(a)), size_(size) {
  for (std::size_t i = 0; i < size_; ++i) {
    double* const own = factor_.data() + i * size_;
    const double diagonal = own[i];
    for (std::size_t j = 0; j <= i; ++j) {
      const double rest = own[j] - std::inner_product(own, own + j, row(j), 0.0);
      own[j] = j < i ? rest / row(j)[j] : std::sqrt(rest);
      // A NaN is no pivot either.
      if (j == i && !(rest > 1e-14 * diagonal)) is_definite_ = false;
    }
  }
}

std::vector<double> Cholesky::solve(std::vector<double> b) const {
  for (std::size_t i = 0; i < size_; ++i)
    b[i] = (b[i] - std::inner_product(row(i), row(i) + i, b.begin(), 0.0)) / row(i)[i];
  for (std::size_t i = size_; i-- > 0;) {
    b[i] /= row(i)[i];
    for (std::size_t j = 0; j < i; ++j) b[j] -= row(i)[j] * b[i];
  }
  return b;
}

}  // namespace backlight
