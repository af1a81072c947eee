// Whole networks: zennit's relevance, and what holds of any propagation.
#include "xai/lrp/lrp.h"

#include "tests/models/fixtures.h"
#include "tests/xai/lrp/matrix_formulas.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

const std::vector<std::pair<std::string, Composite>>& composites() {
  static const std::vector<std::pair<std::string, Composite>> all{
      {"epsilon_plus", epsilon_plus()},
      {"epsilon_gamma_box", epsilon_gamma_box()},
      {"epsilon_alpha2_beta1", epsilon_alpha2_beta1()}};
  return all;
}

// A rule on every convolution, epsilon on the linear layers; zB on the input alone, before gamma.
Composite alone(const std::string& name) {
  if (name == "z_box") return epsilon_gamma_box(-3, 3);
  Composite composite{name, {}};
  for (const auto& [other, rule] : rules_with_formulas())
    if (other == name) composite.assignments.push_back({OpKind::conv2d, rule});
  composite.assignments.push_back({OpKind::linear, epsilon_rule()});
  return composite;
}

// One of the networks, the picture n of two, and its label.
struct Case {
  Network net;
  std::int64_t n;

  Tensor x() const { return net.reference.at("input").rows(n, 1); }
  Objective logit() const {
    return logit_of(static_cast<std::int64_t>(net.reference.at("labels").at(n)));
  }
  LrpResult explain(const Composite& composite) const {
    return lrp(net.model, x(), logit(), composite);
  }
};

std::vector<Case> cases(const std::string& name) {
  return {{network(name), 0}, {network(name), 1}};
}

class LrpNetworks : public ::testing::TestWithParam<std::string> {};

TEST_P(LrpNetworks, GiveZennitsRelevance) {
  const StateDict reference = fixture_weights("lrp/networks.safetensors");
  for (const Case& c : cases(GetParam())) {
    for (const auto& [name, composite] : composites())
      EXPECT_TRUE(is_close(c.explain(composite).values,
                           reference.at(GetParam() + "." + name).rows(c.n, 1), 1e-9))
          << name;
    for (const auto& [name, rule] : rules_with_formulas())
      EXPECT_TRUE(is_close(c.explain(alone(name)).values,
                           reference.at(GetParam() + ".rule." + name).rows(c.n, 1), 1e-9))
          << name;
  }
}

TEST_P(LrpNetworks, AccountForAllRelevance) {
  for (const Case& c : cases(GetParam())) {
    for (const auto& [name, rule] : rules_with_formulas()) {
      SCOPED_TRACE(name);
      const LrpResult result = c.explain(alone(name));
      const RelevanceLedger& ledger = result.ledger;
      EXPECT_NEAR(ledger.started, evaluate(c.net.model, c.x(), c.logit()), 1e-12);
      EXPECT_NEAR(ledger.arrived, dot(result.values, Tensor::full(c.x().shape(), 1, DType::f64)),
                  1e-12);
      double size = std::abs(ledger.started);
      for (const LedgerRow& row : ledger.rows) size = std::max(size, std::abs(row.arrived));
      EXPECT_NEAR(ledger.unaccounted(), 0, 1e-11 * size);
      for (const LedgerRow& row : ledger.rows) EXPECT_NEAR(row.unaccounted(), 0, 1e-11 * size);
      EXPECT_EQ(ledger.rows.front().arrived, ledger.started);
      EXPECT_EQ(ledger.rows.front().kind, OpKind::linear);
    }
  }
}

TEST_P(LrpNetworks, WriteNoWeight) {
  const Case c = cases(GetParam())[0];
  std::map<std::string, Tensor> before;
  for (const auto& [name, tensor] : c.net.parameters) before[name] = tensor.clone();
  for (const auto& [name, composite] : composites()) (void)c.explain(composite);
  for (const auto& [name, tensor] : c.net.parameters)
    EXPECT_TRUE(has_same_bytes(tensor, before.at(name))) << name;
}

// Every image by itself: a batch gives the rows of its images.
TEST_P(LrpNetworks, TreatEachImageOfABatchByItself) {
  const std::vector<Case> both = cases(GetParam());
  const Tensor x = both[0].net.reference.at("input");
  const LrpResult together = lrp(both[0].net.model, x, logit_of(2));
  for (const Case& c : both)
    EXPECT_TRUE(
        is_close(together.values.rows(c.n, 1), lrp(c.net.model, c.x(), logit_of(2)).values, 1e-12));
}

INSTANTIATE_TEST_SUITE_P(Names, LrpNetworks, ::testing::Values("residual", "reused"),
                         [](const auto& info) { return info.param; });

// Without biases, what starts arrives, but for the stabiliser's millionths.
TEST(Lrp, ConservesRelevanceWithoutBiases) {
  const Tensor stem = uniform({4, 3, 3, 2}, DType::f64, 1),
               inner = uniform({4, 3, 3, 4}, DType::f64, 2);
  const Tensor head = uniform({3, 64}, DType::f64, 3),
               x = uniform({1, 8, 8, 2}, DType::f64, 4, 0, 1);
  const Conv2dGeometry same{.stride = 1, .padding = 1};
  const Model model = [&](const Var& input) {
    const Var a = relu(conv2d(input, stem, {}, same));
    const Var b = relu(add(a, conv2d(a, inner, {}, same)));
    return linear(flatten(max_pool2d(b, {2, 2})), head, {});
  };
  const double score = evaluate(model, x, logit_of(1));
  for (const auto& [name, composite] : composites()) {
    const LrpResult result = lrp(model, x, logit_of(1), composite);
    EXPECT_NEAR(result.ledger.arrived, score, 2e-3 * std::abs(score)) << name;
    EXPECT_NEAR(result.ledger.bias(), 0, 1e-13) << name;
    EXPECT_GT(norm(result.values), 0) << name;
  }
}

// A layer by name goes before a layer by kind.
TEST(Lrp, AssignsRulesByLayer) {
  const Tensor first = uniform({6, 12}, DType::f64, 1, 0, 1),
               second = uniform({3, 6}, DType::f64, 2);
  const Model model = [&](const Var& x) {
    Var value = x;
    for (const auto& [name, weight] : {std::pair{"first", first}, std::pair{"second", second}}) {
      const LayerScope scope(name);
      value = linear(value, weight, {});
    }
    return value;
  };
  const Tensor x = uniform({1, 12}, DType::f64, 3, 0, 1);
  const Composite composite{"named",
                            {{.kind = OpKind::linear, .rule = flat_rule(), .layer = "first"},
                             {OpKind::linear, epsilon_rule(0)}}};
  const LrpResult result = lrp(model, x, logit_of(1), composite);
  ASSERT_EQ(result.ledger.rows.size(), 2u);
  EXPECT_EQ(result.ledger.rows[0].layer, "second");
  EXPECT_EQ(result.ledger.rows[0].rule, "epsilon 0");
  EXPECT_EQ(result.ledger.rows[1].layer, "first");
  EXPECT_EQ(result.ledger.rows[1].rule, "flat");
  const double each = evaluate(model, x, logit_of(1)) / 12;
  EXPECT_TRUE(is_close(result.values, Tensor::full({1, 12}, each, DType::f64), 1e-6));
}

// norm(z) = 2 z + 1 behind the convolution z: folded where nothing else looks at z, else unchanged.
class LrpBatchNorm : public ::testing::Test {
 protected:
  Var normed(const Var& z) const {
    const LayerScope scope("norm");
    return batch_norm(z, mean_, variance_, gamma_, beta_, 0);
  }
  Var conv(const Var& x, const Tensor& weight) const {
    const LayerScope scope("conv");
    return conv2d(x, weight, {}, {.stride = 1, .padding = 1});
  }
  Var head(const Var& x) const { return linear(flatten(x), head_, {}); }

  Tensor weight_ = uniform({2, 3, 3, 2}, DType::f64, 1), head_ = uniform({3, 32}, DType::f64, 2);
  Tensor x_ = uniform({1, 4, 4, 2}, DType::f64, 3, 0, 1);
  Tensor mean_ = Tensor::full({2}, 0.5, DType::f64), variance_ = Tensor::full({2}, 4, DType::f64);
  Tensor gamma_ = Tensor::full({2}, 4, DType::f64), beta_ = Tensor::full({2}, 2, DType::f64);
  Composite composite_ = epsilon_alpha2_beta1(1e-9);
};

TEST_F(LrpBatchNorm, FoldsIntoTheConvolutionBeforeIt) {
  const Tensor twice = affine(weight_, 2, 0).value(), one = Tensor::full({2}, 1, DType::f64);
  const Model apart = [&](const Var& x) { return head(normed(conv(x, weight_))); };
  const Model as_one = [&](const Var& x) {
    return head(conv2d(x, twice, one, {.stride = 1, .padding = 1}));
  };
  const LrpResult actual = lrp(apart, x_, logit_of(0), composite_);
  EXPECT_TRUE(is_close(actual.values, lrp(as_one, x_, logit_of(0), composite_).values, 1e-12));
  ASSERT_EQ(actual.ledger.rows.size(), 2u);
  EXPECT_EQ(actual.ledger.rows[1].layer, "conv + norm");
  EXPECT_GT(std::abs(actual.ledger.rows[1].bias), 1e-3);
}

TEST_F(LrpBatchNorm, IsPassedWhereTheConvolutionIsUsedTwice) {
  const Model model = [&](const Var& x) {
    const Var z = conv(x, weight_);
    return head(add(normed(z), z));
  };
  const LrpResult result = lrp(model, x_, logit_of(0), composite_);
  std::vector<std::string> layers;
  for (const LedgerRow& row : result.ledger.rows) layers.push_back(row.layer + "/" + row.rule);
  EXPECT_EQ(layers, (std::vector<std::string>{"/epsilon 1e-09", "/by share", "norm/unchanged",
                                              "conv/alpha 2, beta 1"}));
  EXPECT_EQ(result.ledger.rows[2].passed, result.ledger.rows[2].arrived);
  EXPECT_NEAR(result.ledger.rows[3].arrived, result.ledger.rows[1].passed, 1e-12);
}

TEST_F(LrpBatchNorm, IsRefusedInTraining) {
  const Model model = [&](const Var& x) {
    return head(batch_norm_training(conv(x, weight_), gamma_, beta_, 1e-5).output);
  };
  EXPECT_NE(message_of([&] { (void)lrp(model, x_, logit_of(0)); }).find("evaluation mode"),
            std::string::npos);
}

// Sums, differences, scalings, means and products with constants share out what arrives.
TEST(Lrp, SharesOutInProportionToTheTermsOfASum) {
  const Tensor x = Tensor::from<double>({1, 2, 3, 4}, {1, 4});
  const Tensor mask = Tensor::from<double>({0, 2, 2, 2}, {1, 4});
  const Tensor all = Tensor::from<double>({1, 1, 1, 1}, {1, 4});
  // mean(mask x) 3 + 6 - mean x = 9 * 1.5 + 6 - 2.5 = 17
  const Model model = [&](const Var& v) {
    const Var masked = sum_to(multiply(v, mask), {1, 1});
    return subtract(affine(masked, 0.75, 6), affine(linear(v, all, {}), 0.25, 0));
  };
  const LrpResult result = lrp(model, x, logit_of(0));
  EXPECT_NEAR(result.ledger.started, 17, 1e-12);
  // Of mask x: 3/4 mask_i x_i; of the mean: -x_i / 4.
  const Tensor expected = Tensor::from<double>({-0.25, 2.5, 3.75, 5}, {1, 4});
  EXPECT_TRUE(is_close(result.values, expected, 1e-6));
  EXPECT_NEAR(result.ledger.bias(), 6, 1e-5);
}

TEST(Lrp, RefusesWhatItHasNoRuleForByName) {
  const auto refusal = [](const std::string& name, const Objective& objective) {
    const Network net = network(name);
    return message_of(
        [&] { (void)lrp(net.model, net.reference.at("input").rows(0, 1), objective); });
  };
  const auto holds = [](const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos
               ? ::testing::AssertionSuccess()
               : ::testing::AssertionFailure() << "'" << message << "' does not hold " << part;
  };
  EXPECT_TRUE(holds(refusal("functional", logit_of(0)), "LRP has no rule for the multiply"));
  EXPECT_TRUE(holds(refusal("smooth", logit_of(0)), "LRP has no rule for the exp"));
  EXPECT_TRUE(holds(refusal("residual", probability_of(0)), "LRP has no rule for the softmax"));
  EXPECT_TRUE(holds(refusal("residual", loss_of(0)), "LRP has no rule for the log_softmax"));
  const Composite no_linear{"bare", {{OpKind::conv2d, z_plus_rule()}}};
  const Network net = network("reused");
  EXPECT_TRUE(holds(message_of([&] {
                      (void)lrp(net.model, net.reference.at("input").rows(0, 1), logit_of(0),
                                no_linear);
                    }),
                    "the LRP composite bare has no rule for the linear"));
  EXPECT_TRUE(holds(message_of([] { (void)composite_named("epsilon"); }), "epsilon-gamma-box"));
  for (const std::string& name : composite_names()) EXPECT_EQ(composite_named(name).name, name);
}

}  // namespace
}  // namespace backlight::testing
