// Each rule on one layer against the matrix formula of its paper, in float64.
#include "xai/lrp/rules.h"

#include "autograd/ops.h"
#include "tests/xai/lrp/matrix_formulas.h"

namespace backlight::testing {
namespace {

std::vector<double> values_of(const Tensor& x) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < x.numel(); ++i) values.push_back(x.at(i));
  return values;
}

// A layer and a random relevance of its outputs.
struct Case {
  LinearLayer layer;
  LayerMatrix matrix;
  Tensor relevance;
};

LayerMatrix empty_matrix(const Tensor& x, std::size_t outputs) {
  const std::vector<double> values = values_of(x);
  return {.w = {values.size(), std::vector<double>(outputs)},
          .connected = {values.size(), std::vector<bool>(outputs)},
          .x = values,
          .b = std::vector<double>(outputs)};
}

Case linear_case(bool with_bias) {
  const Tensor x = uniform({1, 7}, DType::f64, 1), weight = uniform({4, 7}, DType::f64, 2);
  const Tensor bias = with_bias ? uniform({4}, DType::f64, 3) : Tensor();
  LayerMatrix matrix = empty_matrix(x, 4);
  for (std::size_t j = 0; j < 4; ++j) {
    if (with_bias) matrix.b[j] = bias.at(static_cast<std::int64_t>(j));
    for (std::size_t i = 0; i < 7; ++i) {
      matrix.w[i][j] = weight.at(static_cast<std::int64_t>(7 * j + i));
      matrix.connected[i][j] = true;
    }
  }
  return {{x, weight, bias, [](auto& u, auto& w, auto& b) { return linear(u, w, b); }},
          matrix,
          uniform({1, 4}, DType::f64, 4)};
}

// 5 x 6 pixels of 2 channels to 3 x 3 of 3, a window of 3 x 3, stride 2, padding 1.
Case conv_case(bool with_bias) {
  const Conv2dGeometry geometry{.stride = 2, .padding = 1};
  const Tensor x = uniform({1, 5, 6, 2}, DType::f64, 5);
  const Tensor weight = uniform({3, 3, 3, 2}, DType::f64, 6);
  const Tensor bias = with_bias ? uniform({3}, DType::f64, 7) : Tensor();
  LayerMatrix matrix = empty_matrix(x, 27);
  for (std::int64_t p = 0; p < 3; ++p)
    for (std::int64_t q = 0; q < 3; ++q)
      for (std::int64_t o = 0; o < 3; ++o) {
        const auto j = static_cast<std::size_t>((p * 3 + q) * 3 + o);
        if (with_bias) matrix.b[j] = bias.at(o);
        for (std::int64_t h = 0; h < 5; ++h)
          for (std::int64_t w = 0; w < 6; ++w)
            for (std::int64_t c = 0; c < 2; ++c) {
              const std::int64_t r = h - 2 * p + 1, s = w - 2 * q + 1;
              if (r < 0 || r > 2 || s < 0 || s > 2) continue;
              const auto i = static_cast<std::size_t>((h * 6 + w) * 2 + c);
              matrix.w[i][j] = weight.at(((o * 3 + r) * 3 + s) * 2 + c);
              matrix.connected[i][j] = true;
            }
      }
  return {{x, weight, bias, [=](auto& u, auto& w, auto& b) { return conv2d(u, w, b, geometry); }},
          matrix,
          uniform({1, 3, 3, 3}, DType::f64, 8)};
}

// The bias as one more input, of value 1, that is connected with everything.
LayerMatrix with_bias_as_input(LayerMatrix matrix) {
  matrix.x.push_back(1);
  matrix.w.push_back(matrix.b);
  matrix.connected.emplace_back(matrix.b.size(), true);
  matrix.b.assign(matrix.b.size(), 0);
  return matrix;
}

void expect_formula(const Case& c, const std::string& name, const LinearRule& rule) {
  SCOPED_TRACE(name);
  const std::vector<double> r = values_of(c.relevance);
  const Passed passed = propagate(c.layer, rule, c.relevance);
  const Tensor expected = Tensor::from(by_formula(name, c.matrix, r), c.layer.x.shape());
  ASSERT_EQ(passed.relevance.size(), 1u);
  EXPECT_TRUE(is_close(passed.relevance[0].value(), expected, 1e-12));
  // What the layer kept, and what its bias took.
  const bool knows_bias = name != "z_box" && name != "w_squared" && name != "flat";
  double bias = 0;
  if (knows_bias) bias = by_formula(name, with_bias_as_input(c.matrix), r).back();
  EXPECT_NEAR(passed.bias, bias, 1e-12);
  const double kept = total(expected), arrived = total(c.relevance);
  EXPECT_NEAR(passed.stabiliser + passed.nowhere, arrived - kept - bias, 1e-12);
  EXPECT_NEAR(passed.nowhere, 0, 1e-12);
}

TEST(LrpRules, AreTheMatrixFormulasOnALinearLayer) {
  for (const auto& [name, rule] : rules_with_formulas())
    for (const bool with_bias : {true, false}) expect_formula(linear_case(with_bias), name, rule);
}

TEST(LrpRules, AreTheMatrixFormulasOnAConvolution) {
  for (const auto& [name, rule] : rules_with_formulas())
    for (const bool with_bias : {true, false}) expect_formula(conv_case(with_bias), name, rule);
}

// Behind a ReLU the gamma rule is the one of the overview, whose weights are w + gamma w+ alone:
// sum_j x_i (w_ij + gamma w_ij+) / (sum ...) R_j, where the output is positive.
TEST(LrpRules, GammaIsThatOfTheOverviewForInputsThatAreNotNegative) {
  Case c = linear_case(true);
  c.layer.x = uniform({1, 7}, DType::f64, 9, 0, 1);
  const std::vector<double> x = values_of(c.layer.x);
  std::vector<double> expected(7, 0.0);
  for (std::size_t j = 0; j < 4; ++j) {
    double z = c.matrix.b[j], sum = z + 0.25 * std::max(z, 0.0);
    for (std::size_t i = 0; i < 7; ++i) {
      const double w = c.matrix.w[i][j];
      z += x[i] * w;
      sum += x[i] * (w + 0.25 * std::max(w, 0.0));
    }
    if (!(z > 0)) {  // a closed ReLU: no relevance comes back from it
      c.relevance.mutable_data<double>()[j] = 0;
      continue;
    }
    for (std::size_t i = 0; i < 7; ++i) {
      const double w = c.matrix.w[i][j];
      expected[i] += x[i] * (w + 0.25 * std::max(w, 0.0)) / (sum + 1e-6) *
                     c.relevance.at(static_cast<std::int64_t>(j));
    }
  }
  const Passed passed = propagate(c.layer, gamma_rule(), c.relevance);
  EXPECT_TRUE(is_close(passed.relevance[0].value(), Tensor::from(expected, {1, 7}), 1e-12));
}

// All there is against an output, nothing for it: z+ has nobody to pass its relevance to, and
// alpha-beta takes beta of it from the inputs and gives alpha to none.
TEST(LrpRules, RelevanceThatNothingContributedToGoesNowhere) {
  const LinearLayer layer{Tensor::from<double>({1, 2}, {1, 2}),
                          Tensor::from<double>({-1, -3}, {1, 2}), Tensor(),
                          [](auto& x, auto& w, auto& b) { return linear(x, w, b); }};
  const Tensor relevance = Tensor::from<double>({5}, {1, 1});
  const Passed plus = propagate(layer, z_plus_rule(), relevance);
  EXPECT_EQ(norm(plus.relevance[0].value()), 0);
  EXPECT_EQ(plus.nowhere, 5);
  EXPECT_EQ(plus.stabiliser, 0);
  const Passed both = propagate(layer, alpha_beta_rule(2, 1), relevance);
  EXPECT_TRUE(is_close(both.relevance[0].value(),
                       Tensor::from<double>({-5.0 / 7, -30.0 / 7}, {1, 2}), 1e-6));
  EXPECT_EQ(both.nowhere, 10);
  EXPECT_NEAR(both.stabiliser, -5 * 1e-6 / 7, 1e-11);
}

// What comes out as exactly 0 has no sign for the gamma rule.
TEST(LrpRules, GammaPassesNothingFromAnOutputOfZero) {
  const LinearLayer layer{Tensor::from<double>({1, 1}, {1, 2}),
                          Tensor::from<double>({1, -1, 1, 2}, {2, 2}), Tensor(),
                          [](auto& x, auto& w, auto& b) { return linear(x, w, b); }};
  const Passed passed = propagate(layer, gamma_rule(), Tensor::from<double>({7, 3}, {1, 2}));
  EXPECT_TRUE(is_close(passed.relevance[0].value(), Tensor::from<double>({1, 2}, {1, 2}), 1e-6));
  EXPECT_EQ(passed.nowhere, 7);
}

TEST(LrpRules, SayWhatIsWrong) {
  EXPECT_NE(message_of([] { (void)alpha_beta_rule(2, 2); }).find("differ by 1"), std::string::npos);
  EXPECT_NE(message_of([] { (void)alpha_beta_rule(0.5, -0.5); }).find("negative"),
            std::string::npos);
  EXPECT_NE(message_of([] { (void)z_box_rule(1, 0); }).find("from 1 to 0"), std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
