#include "xai/quadrature.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/testing.h"

namespace backlight::testing {
namespace {

constexpr Quadrature kRules[] = {Quadrature::gauss_legendre, Quadrature::midpoint, Quadrature::left,
                                 Quadrature::right, Quadrature::trapezoid};

double integral(const Nodes& nodes, const std::function<double(double)>& f) {
  double sum = 0;
  for (std::size_t k = 0; k < nodes.points.size(); ++k)
    sum += nodes.weights[k] * f(nodes.points[k]);
  return sum;
}

TEST(Quadrature, WeightsSumToOneAndPointsRiseWithinTheInterval) {
  for (const Quadrature rule : kRules)
    for (const std::int64_t n : {1, 2, 3, 4, 7, 10, 50, 51, 300, 2000}) {
      if (rule == Quadrature::trapezoid && n == 1) continue;
      SCOPED_TRACE(str(quadrature_names()[static_cast<std::size_t>(rule)], " with ", n));
      const Nodes nodes = quadrature_nodes(rule, n);
      ASSERT_EQ(nodes.points.size(), static_cast<std::size_t>(n));
      ASSERT_EQ(nodes.weights.size(), static_cast<std::size_t>(n));
      EXPECT_NEAR(std::accumulate(nodes.weights.begin(), nodes.weights.end(), 0.0), 1, 1e-12);
      for (std::size_t k = 0; k < nodes.points.size(); ++k) {
        EXPECT_TRUE(nodes.points[k] >= 0 && nodes.points[k] <= 1 && nodes.weights[k] > 0);
        EXPECT_TRUE(k == 0 || nodes.points[k] > nodes.points[k - 1]);
      }
    }
}

TEST(Quadrature, RulesHaveTheirPointsAndWeights) {
  using Doubles = std::vector<double>;
  const auto rule = [](Quadrature which) { return quadrature_nodes(which, 4); };
  EXPECT_EQ(rule(Quadrature::left).points, (Doubles{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(rule(Quadrature::right).points, (Doubles{0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(rule(Quadrature::midpoint).points, (Doubles{0.125, 0.375, 0.625, 0.875}));
  for (const Quadrature equal : {Quadrature::left, Quadrature::right, Quadrature::midpoint})
    EXPECT_EQ(rule(equal).weights, Doubles(4, 0.25));
  const Nodes trapezoid = quadrature_nodes(Quadrature::trapezoid, 5);
  EXPECT_EQ(trapezoid.points, (Doubles{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(trapezoid.weights, (Doubles{0.125, 0.25, 0.25, 0.25, 0.125}));

  // Gauss and Legendre's three points: 1/2 and 1/2 -+ sqrt(3/20), weights 4/9 and 5/18.
  const Nodes gauss = quadrature_nodes(Quadrature::gauss_legendre, 3);
  const double reach = std::sqrt(0.15);
  const double points[] = {0.5 - reach, 0.5, 0.5 + reach}, weights[] = {5 / 18., 4 / 9., 5 / 18.};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(gauss.points[k], points[k], 1e-15);
    EXPECT_NEAR(gauss.weights[k], weights[k], 1e-15);
  }
}

TEST(Quadrature, GaussLegendreIsExactForPolynomialsUpToItsDegree) {
  for (std::int64_t n = 1; n <= 24; ++n) {
    const Nodes nodes = quadrature_nodes(Quadrature::gauss_legendre, n);
    const auto error = [&](std::int64_t degree) {
      const auto d = static_cast<double>(degree);
      return std::abs(integral(nodes, [&](double t) { return std::pow(t, d); }) - 1 / (d + 1));
    };
    for (std::int64_t degree = 0; degree < 2 * n; ++degree)
      EXPECT_FALSE(!(error(degree) <= 1e-14)) << "degree " << degree << " with " << n;
    // But not beyond: the error of t^2n is (n!)^4 / ((2n+1) ((2n)!)^2).
    if (n <= 6) {
      const double factorial = std::tgamma(n + 1.0), twice = std::tgamma(2.0 * n + 1);
      const double expected = std::pow(factorial, 4) / ((2.0 * n + 1) * twice * twice);
      EXPECT_NEAR(error(2 * n), expected, 1e-3 * expected) << n;
    }
  }
}

TEST(Quadrature, OtherRulesHaveTheErrorsOfTheirOrder) {
  constexpr std::int64_t kSteps = 10;
  const auto of = [&](Quadrature rule, const std::function<double(double)>& f) {
    return integral(quadrature_nodes(rule, kSteps), f);
  };
  const auto line = [](double t) { return t; };
  EXPECT_NEAR(of(Quadrature::left, line), 0.5 - 0.05, 1e-14);
  EXPECT_NEAR(of(Quadrature::right, line), 0.5 + 0.05, 1e-14);
  EXPECT_NEAR(of(Quadrature::midpoint, line), 0.5, 1e-14);
  EXPECT_NEAR(of(Quadrature::trapezoid, line), 0.5, 1e-14);
  // For t^2: -h^2/12 with h = 1/10, and +h^2/6 with h = 1/9.
  const auto square = [](double t) { return t * t; };
  EXPECT_NEAR(of(Quadrature::midpoint, square), 1 / 3. - 1 / 1200., 1e-14);
  EXPECT_NEAR(of(Quadrature::trapezoid, square), 1 / 3. + 1 / 486., 1e-14);
}

TEST(Quadrature, RefusesTooFewSteps) {
  for (const Quadrature rule : kRules)
    for (const std::int64_t n : {0, -3})
      EXPECT_NE(message_of([&] { quadrature_nodes(rule, n); }), "");
  EXPECT_EQ(message_of([] { quadrature_nodes(Quadrature::trapezoid, 1); }),
            "the trapezoid rule needs at least 2 steps, not 1");
  EXPECT_EQ(message_of([] { quadrature_nodes(Quadrature::gauss_legendre, 0); }),
            "the gauss-legendre rule needs at least 1 steps, not 0");
}

}  // namespace
}  // namespace backlight::testing
