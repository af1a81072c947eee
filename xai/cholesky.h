// A = L L^T: how the regressions of LIME and KernelSHAP solve their normal equations.
#pragma once

#include <cstddef>
#include <vector>

namespace backlight {

// A symmetric positive definite matrix, factored once and solved for as many right sides as wanted.
class Cholesky {
 public:
  // a: [size,size], row by row, of which the lower triangle is read.
  Cholesky(std::vector<double> a, std::size_t size);

  // Whether A determines its solutions: no pivot vanishes to 1e-14 of its diagonal element. Where
  // it does not, solve() means nothing.
  bool is_definite() const { return is_definite_; }

  // A^-1 b
  std::vector<double> solve(std::vector<double> b) const;

 private:
  const double* row(std::size_t i) const { return factor_.data() + i * size_; }

  std::vector<double> factor_;
  std::size_t size_;
  bool is_definite_ = true;
};

}  // namespace backlight
