// The rules of LRP as their papers write them, in plain loops over the matrix of a layer.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/testing.h"
#include "xai/lrp/propagate.h"

namespace backlight::testing {

// z_j = sum_i x_i w_ij + b_j, where an entry tells whether i is connected with j at all.
struct LayerMatrix {
  std::vector<std::vector<double>> w;  // [i][j]
  std::vector<std::vector<bool>> connected;
  std::vector<double> x, b;  // b[j] is 0 without a bias
};

// What input i of output j weighs in a rule, and what else is in the denominator of j.
struct Contributions {
  std::function<double(std::size_t i, std::size_t j)> of;
  std::function<double(std::size_t j)> rest = [](std::size_t) { return 0.0; };
};

// R_i = sum_j c_ij / (sum_i c_ij + rest_j, kept from 0) R_j
inline std::vector<double> shared_out(const LayerMatrix& m, const Contributions& c,
                                      const std::vector<double>& r, double stabiliser) {
  std::vector<double> result(m.x.size(), 0.0);
  for (std::size_t j = 0; j < r.size(); ++j) {
    double sum = c.rest(j);
    for (std::size_t i = 0; i < m.x.size(); ++i)
      if (m.connected[i][j]) sum += c.of(i, j);
    sum += sum >= 0 ? stabiliser : -stabiliser;
    for (std::size_t i = 0; i < m.x.size(); ++i)
      if (m.connected[i][j]) result[i] += c.of(i, j) / sum * r[j];
  }
  return result;
}

// The relevance of the inputs under the rule of this name, with the parameters of kRules below.
inline std::vector<double> by_formula(const std::string& rule, const LayerMatrix& m,
                                      const std::vector<double>& r) {
  const double tiny = 1e-6;
  const auto z = [&](std::size_t i, std::size_t j) { return m.x[i] * m.w[i][j]; };
  const auto plus = [](double v) { return std::max(v, 0.0); };
  const auto minus = [](double v) { return std::min(v, 0.0); };
  const Contributions positive{[&](auto i, auto j) { return plus(z(i, j)); },
                               [&](auto j) { return plus(m.b[j]); }};
  const Contributions negative{[&](auto i, auto j) { return minus(z(i, j)); },
                               [&](auto j) { return minus(m.b[j]); }};
  if (rule == "epsilon") return shared_out(m, {z, [&](auto j) { return m.b[j]; }}, r, 0.25);
  if (rule == "z_plus") return shared_out(m, positive, r, tiny);
  if (rule == "alpha_beta") {
    std::vector<double> result = shared_out(m, positive, r, tiny);
    const std::vector<double> against = shared_out(m, negative, r, tiny);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = 1.5 * result[i] - 0.5 * against[i];
    return result;
  }
  if (rule == "gamma") {
    std::vector<double> output = m.b;
    for (std::size_t j = 0; j < r.size(); ++j)
      for (std::size_t i = 0; i < m.x.size(); ++i)
        if (m.connected[i][j]) output[j] += z(i, j);
    const auto enlarged = [&](double v, std::size_t j) {
      return v + 0.5 * (output[j] > 0 ? plus(v) : minus(v));
    };
    return shared_out(m,
                      {[&](auto i, auto j) { return enlarged(z(i, j), j); },
                       [&](auto j) { return enlarged(m.b[j], j); }},
                      r, tiny);
  }
  if (rule == "z_box")
    return shared_out(
        m, {[&](auto i, auto j) { return z(i, j) + 3 * plus(m.w[i][j]) - 2 * minus(m.w[i][j]); }},
        r, tiny);
  if (rule == "w_squared")
    return shared_out(m, {[&](auto i, auto j) { return m.w[i][j] * m.w[i][j]; }}, r, tiny);
  if (rule == "flat") return shared_out(m, {[](auto, auto) { return 1.0; }}, r, tiny);
  fail("no formula for ", rule);
}

// The same rules, as data.
inline const std::vector<std::pair<std::string, LinearRule>>& rules_with_formulas() {
  static const std::vector<std::pair<std::string, LinearRule>> rules{
      {"epsilon", epsilon_rule(0.25)},
      {"gamma", gamma_rule(0.5)},
      {"alpha_beta", alpha_beta_rule(1.5, 0.5)},
      {"z_plus", z_plus_rule()},
      {"z_box", z_box_rule(-3, 2)},
      {"w_squared", w_squared_rule()},
      {"flat", flat_rule()}};
  return rules;
}

}  // namespace backlight::testing
