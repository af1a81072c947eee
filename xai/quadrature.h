// Rules that approximate an integral over [0,1] by a weighted sum.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backlight {

enum class Quadrature : std::uint8_t { gauss_legendre, midpoint, left, right, trapezoid };

// The rules' names, in the order of the enum: "gauss-legendre", "midpoint", ...
const std::vector<std::string>& quadrature_names();

struct Nodes {
  std::vector<double> points, weights;
};

// n nodes in [0,1] whose weights sum to 1:
//   gauss_legendre  the zeros of the Legendre polynomial P_n, moved from [-1,1]; exact for
//                   polynomials of degree 2n - 1
//   midpoint        (k + 1/2)/n, weights 1/n
//   left, right     k/n and (k + 1)/n, weights 1/n
//   trapezoid       k/(n - 1), weights 1/(n - 1), half that at the ends
// Errors: n < 1, or n < 2 for the trapezoid.
Nodes quadrature_nodes(Quadrature rule, std::int64_t n);

}  // namespace backlight
