#include "xai/quadrature.h"

#include <cmath>
#include <numbers>

#include "tensor/error.h"

namespace backlight {
namespace {

// P_n(x) and its derivative, by the three-term recurrence.
std::pair<double, double> legendre(std::int64_t n, double x) {
  double previous = 1, value = x;
  for (std::int64_t k = 2; k <= n; ++k) {
    const auto d = static_cast<double>(k);
    const double next = ((2 * d - 1) * x * value - (d - 1) * previous) / d;
    previous = value;
    value = next;
  }
  return {value, static_cast<double>(n) * (x * value - previous) / (x * x - 1)};
}

// Newton's iteration from a guess near each zero; weights 2 / ((1 - x^2) P_n'(x)^2).
Nodes gauss_legendre(std::int64_t n) {
  if (n == 1) return {{0.5}, {1.0}};
  Nodes nodes;
  const auto count = static_cast<double>(n);
  for (std::int64_t k = n; k >= 1; --k) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(k) - 0.25) / (count + 0.5));
    for (int iteration = 0; iteration < 100; ++iteration) {
      const auto [value, slope] = legendre(n, x);
      const double step = value / slope;
      x -= step;
      if (std::abs(step) < 1e-16) break;
    }
    const double slope = legendre(n, x).second;
    nodes.points.push_back((x + 1) / 2);
    nodes.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return nodes;
}

}  // namespace

const std::vector<std::string>& quadrature_names() {
  static const std::vector<std::string> names{"gauss-legendre", "midpoint", "left", "right",
                                              "trapezoid"};
  return names;
}

Nodes quadrature_nodes(Quadrature rule, std::int64_t n) {
  require(n >= (rule == Quadrature::trapezoid ? 2 : 1), "the ",
          quadrature_names()[static_cast<std::size_t>(rule)], " rule needs at least ",
          rule == Quadrature::trapezoid ? 2 : 1, " steps, not ", n);
  if (rule == Quadrature::gauss_legendre) return gauss_legendre(n);
  Nodes nodes;
  const auto count = static_cast<double>(n);
  for (std::int64_t k = 0; k < n; ++k) {
    const auto at = static_cast<double>(k);
    const bool end = k == 0 || k == n - 1;
    switch (rule) {
      case Quadrature::midpoint: nodes.points.push_back((at + 0.5) / count); break;
      case Quadrature::left: nodes.points.push_back(at / count); break;
      case Quadrature::right: nodes.points.push_back((at + 1) / count); break;
      default: nodes.points.push_back(at / (count - 1));
    }
    nodes.weights.push_back(rule != Quadrature::trapezoid ? 1 / count
                                                          : (end ? 0.5 : 1.0) / (count - 1));
  }
  return nodes;
}

}  // namespace backlight
