#include "xai/deeplift.h"

#include "kernels/elementwise.h"
#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/naive_network.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

using kernels::Binary;
using kernels::binary;
using Parameters = std::map<std::string, Tensor>;

NaiveNetwork naive_network() {
  return NaiveNetwork(rescale_with([](double b) { return b > 0 ? 1.0 : 0.0; }));
}

Naive naive_norm(NaiveNetwork& net, const Naive& in, const Parameters& p, const std::string& name) {
  return net.batch_norm(in, p.at(name + ".running_mean"), p.at(name + ".running_var"),
                        p.at(name + ".weight"), p.at(name + ".bias"));
}

Tensor bias_of(const Parameters& p, const std::string& name) {
  const auto found = p.find(name + ".bias");
  return found == p.end() ? Tensor() : found->second;
}

Naive naive_conv(NaiveNetwork& net, const Naive& in, const Parameters& p, const std::string& name) {
  return net.conv(in, p.at(name + ".weight"), bias_of(p, name), 1, 1);
}

// The networks of networks.cpp again, in loops.
Naive naive_forward(const std::string& name, NaiveNetwork& net, const Parameters& p,
                    const Naive& x) {
  if (name == "residual") {
    const Naive a = net.relu(naive_norm(net, naive_conv(net, x, p, "conv1"), p, "norm1"));
    const Naive inner = net.relu(naive_norm(net, naive_conv(net, a, p, "conv2"), p, "norm2"));
    const Naive b =
        net.relu(net.add(a, naive_norm(net, naive_conv(net, inner, p, "conv3"), p, "norm3")));
    return net.linear(net.max_pool(b, 4, 4), p.at("fc.weight"), p.at("fc.bias"));
  }
  if (name == "reused") {
    Naive value = net.max_pool(net.relu(naive_conv(net, x, p, "stem")), 2, 2);
    value = net.relu(naive_conv(net, value, p, "conv"));
    value = net.max_pool(net.relu(naive_conv(net, value, p, "conv")), 2, 2);
    return net.linear(value, p.at("fc.weight"), p.at("fc.bias"));
  }
  const Naive a = net.relu(net.conv(x, p.at("w1"), p.at("b1"), 1, 2));
  const Naive gate = net.sigmoid(net.conv(a, p.at("w2"), p.at("b2"), 2, 1));
  const Naive h = net.multiply(net.max_pool(a, 2, 2), gate);
  const Naive hidden = net.relu(net.linear(h, p.at("w3"), p.at("b3")));
  return net.linear(hidden, p.at("w4"), p.at("b4"));
}

Tensor picture_of(const Network& network, std::int64_t row = 0) {
  return network.reference.at("input").rows(row, 1);
}

Tensor black_like(const Tensor& x) { return Tensor::zeros(x.shape(), x.dtype()); }

double relative_delta(double delta, double expected) {
  return std::abs(delta) / std::abs(expected);
}

TEST(DeepLift, FollowsTheRuleOfEachOpInFunctionalReusedAndResidualNetworks) {
  for (const std::string name : {"residual", "reused", "functional"}) {
    SCOPED_TRACE(name);
    const Network tested = network(name);
    const Tensor x = picture_of(tested);
    // Against black every pooling window of the baseline is a tie: the first of it counts.
    for (const Tensor& baseline : {picture_of(tested, 1), black_like(x)}) {
      NaiveNetwork net = naive_network();
      const Naive in = net.input(x, baseline);
      const Naive out = naive_forward(name, net, tested.parameters, in);
      const Tensor multipliers = net.back(out, 2, in);
      const Tensor expected =
          binary(Binary::multiply, multipliers, binary(Binary::subtract, x, baseline));
      const DeepLiftResult result = deeplift(tested.model, x, baseline, logit_of(2));
      EXPECT_TRUE(is_close(result.values, expected, 1e-11));
      EXPECT_NEAR(result.expected, out->x[2] - out->b[2], 1e-12);
      EXPECT_FALSE(!(relative_delta(result.delta(), result.expected) <= 1e-11));
    }
  }
}

// Softplus, an erf of sixty products, tanh, and the scores themselves.
TEST(DeepLift, ConservesThroughSmoothFunctionsAndEveryScore) {
  for (const std::string name : {"smooth", "functional", "residual"}) {
    const Network tested = network(name);
    const Tensor x = picture_of(tested), baseline = picture_of(tested, 1);
    for (const Objective& objective : {logit_of(1), probability_of(1), loss_of(1)}) {
      const DeepLiftResult result = deeplift(tested.model, x, baseline, objective);
      EXPECT_GT(std::abs(result.expected), 1e-4);
      EXPECT_NEAR(
          result.expected,
          evaluate(tested.model, x, objective) - evaluate(tested.model, baseline, objective),
          1e-12);
      EXPECT_FALSE(!(relative_delta(result.delta(), result.expected) <= 1e-9)) << name;
    }
  }
}

// One op between the picture and the score, with the multiplier written out.
struct OneOp {
  std::string name;
  Model model;
  std::function<double(double x, double b)> multiplier;
};

TEST(DeepLift, MultipliersOfSingleOps) {
  const auto ratio = [](double (*f)(double)) {
    return [f](double x, double b) { return (f(x) - f(b)) / (x - b); };
  };
  const Tensor c = uniform({12}, DType::f64, 9, 1, 2);
  const std::vector<OneOp> ops{
      {"exp", [](const Var& x) { return exp(x); }, ratio(std::exp)},
      {"log", [](const Var& x) { return log(x); }, ratio(std::log)},
      {"tanh", [](const Var& x) { return tanh(x); }, ratio(std::tanh)},
      {"power", [](const Var& x) { return power(x, 3); },
       ratio(+[](double v) { return v * v * v; })},
      {"square", [](const Var& x) { return multiply(x, x); },
       [](double x, double b) { return x + b; }},
      {"prelu",
       [](const Var& x) { return prelu(affine(x, 1, -1), Tensor::full({1}, 0.2, DType::f64)); },
       ratio(+[](double v) { return v > 1 ? v - 1 : 0.2 * (v - 1); })},
      {"1 / x", [](const Var& x) { return divide(Tensor::full({1}, 1, DType::f64), x); },
       [](double x, double b) { return -1 / (x * b); }},
      {"x / exp(x)", [](const Var& x) { return divide(x, exp(x)); },
       [](double x, double b) {
         const double ex = std::exp(x), eb = std::exp(b);
         return (1 / ex + 1 / eb) / 2 - (x + b) / 2 / (ex * eb) * (ex - eb) / (x - b);
       }},
  };
  const Tensor x = uniform({1, 12}, DType::f64, 5, 0.5f, 2);
  Tensor baseline = uniform({1, 12}, DType::f64, 6, 0.5f, 2);
  for (const OneOp& op : ops) {
    const Model model = [&](const Var& v) {
      return sum_to(multiply(op.model(v), c), {v.dim(0), 1});
    };
    Tensor expected(x.shape(), DType::f64);
    for (std::int64_t i = 0; i < 12; ++i)
      expected.mutable_data<double>()[i] =
          c.at(i) * op.multiplier(x.at(i), baseline.at(i)) * (x.at(i) - baseline.at(i));
    EXPECT_TRUE(is_close(deeplift(model, x, baseline, logit_of(0)).values, expected, 1e-12))
        << op.name;
  }
}

// m_i = g_i - (dL/dS) (de_i/dx_i) sum_j g_j, and for the softmax g dy/dl before.
TEST(DeepLift, MultipliersOfTheSoftmaxes) {
  const double x[] = {1, -2, 0.5, 3}, b[] = {0.2, 1, 0.5, -1}, weight[] = {2, -1, 0.3, 0.7};
  double sx = 0, sb = 0;
  for (int i = 0; i < 4; ++i) {
    sx += std::exp(x[i]);
    sb += std::exp(b[i]);
  }
  for (const bool is_softmax : {false, true}) {
    double g[4], total = 0;
    for (int i = 0; i < 4; ++i) {
      const double lx = x[i] - std::log(sx), lb = b[i] - std::log(sb);
      g[i] = weight[i] * (is_softmax ? (std::exp(lx) - std::exp(lb)) / (lx - lb) : 1);
      total += g[i];
    }
    Tensor expected({1, 4}, DType::f64);
    for (int i = 0; i < 4; ++i) {
      const double of_exp =
          x[i] == b[i] ? std::exp(x[i]) : (std::exp(x[i]) - std::exp(b[i])) / (x[i] - b[i]);
      const double of_log = (std::log(sx) - std::log(sb)) / (sx - sb);
      expected.mutable_data<double>()[i] = (g[i] - of_log * of_exp * total) * (x[i] - b[i]);
    }
    const Tensor weights = Tensor::from<double>({weight, weight + 4}, {4});
    for (const double shift : {0.0, 1000.0}) {  // exponentials alone would overflow
      const Model model = [&](const Var& v) {
        const Var moved = affine(v, 1, shift);
        return sum_to(multiply(is_softmax ? softmax(moved) : log_softmax(moved), weights),
                      {v.dim(0), 1});
      };
      const Tensor here = Tensor::from<double>({x, x + 4}, {1, 4});
      const Tensor there = Tensor::from<double>({b, b + 4}, {1, 4});
      EXPECT_TRUE(is_close(deeplift(model, here, there, logit_of(0)).values, expected, 1e-11));
    }
  }
}

TEST(DeepLift, OfTheBaselineItselfIsNothing) {
  const Network tested = network("functional");
  const Tensor x = picture_of(tested);
  const DeepLiftResult result = deeplift(tested.model, x, x, probability_of(1));
  EXPECT_EQ(norm(result.values), 0);
  EXPECT_EQ(result.expected, 0);
}

// In float32, of a whole network.
TEST(DeepLift, ConservesInFloat32) {
  for (const std::string edition : {"food", "prelu"}) {
    const Model model = food_cnn(edition);
    const Tensor x = picture(0);
    for (const Tensor& baseline : {Tensor::zeros(x.shape()), picture(2)})
      for (const Objective& objective : {logit_of(2), probability_of(2)}) {
        const DeepLiftResult result = deeplift(model, x, baseline, objective);
        EXPECT_FALSE(!(relative_delta(result.delta(), result.expected) <= 1e-4)) << edition;
      }
  }
}

TEST(DeepLift, CaptumVariantIsCaptums) {
  for (const std::string edition : {"food", "prelu"}) {
    const Model model = food_cnn(edition, DType::f64);
    for (int n = 0; n < 2; ++n) {
      const Objective objective = logit_of(label(edition, n));
      const Tensor x = picture(n, DType::f64);
      const DeepLiftOptions captum{.variant = Variant::captum};
      expect_map(deeplift(model, x, picture(2, DType::f64), objective, captum).values, edition,
                 "deeplift_captum", n);
      const Tensor background = concatenate({picture(2, DType::f64), picture(3, DType::f64)});
      const DeepShapResult mean = deepshap(model, x, background, {objective}, captum).front();
      expect_map(mean.values, edition, "deepshap_captum", n);
      // Without its rule for pooling it misses what it should add up to; ours does not.
      EXPECT_GT(relative_delta(mean.delta(), mean.expected), 0.1);
      const DeepShapResult ours = deepshap(model, x, background, {objective}).front();
      EXPECT_FALSE(!(relative_delta(ours.delta(), ours.expected) <= 1e-9));
    }
  }
}

// The chain of tests/reference/make_rule_fixtures.py.
struct Chain {
  StateDict reference = fixture_weights("rules/chain.safetensors");
  Tensor x = reference.at("input"), background = reference.at("background");

  Tensor parameter(const std::string& name, TorchOrder order = TorchOrder::same,
                   const Shape& columns = {}) const {
    const Tensor& torch = reference.at("state." + name);
    NamedTensor named{name, nullptr};
    Tensor ours(order == TorchOrder::oihw
                    ? Shape{torch.dim(0), torch.dim(2), torch.dim(3), torch.dim(1)}
                    : torch.shape(),
                torch.dtype());
    named.tensor = &ours;
    named.order = order;
    named.columns = columns;
    return from_torch(named, torch);
  }

  Var operator()(const Var& v) const {
    const auto conv = [&](const Var& in, const std::string& name) {
      return conv2d(in, parameter(name + ".weight", TorchOrder::oihw), parameter(name + ".bias"),
                    {.stride = 1, .padding = 1});
    };
    const Var a = max_pool2d(relu(conv(v, "conv1")), {2, 2});
    const Var b = batch_norm(conv(a, "conv2"), parameter("norm2.running_mean"),
                             parameter("norm2.running_var"), parameter("norm2.weight"),
                             parameter("norm2.bias"), 1e-5);
    const Var c = flatten(max_pool2d(sigmoid(b), {2, 2}));
    const Var hidden = relu(linear(c, parameter("fc1.weight", TorchOrder::chw_columns, {4, 4, 6}),
                                   parameter("fc1.bias")));
    return linear(hidden, parameter("fc2.weight"), parameter("fc2.bias"));
  }
};

TEST(DeepShap, IsShapsOnAChainOfModules) {
  const Chain chain;
  EXPECT_TRUE(is_close(chain(chain.x).value(), chain.reference.at("logits"), 1e-12));
  std::vector<Objective> logits, probabilities;
  for (std::int64_t c = 0; c < 5; ++c) {
    logits.push_back(logit_of(c));
    probabilities.push_back(probability_of(c));
  }
  const auto expect_shaps = [&](const std::vector<Objective>& objectives, Variant variant,
                                const std::string& of) {
    const auto maps =
        deepshap(chain, chain.x, chain.background, objectives, {.variant = variant}, {.batch = 3});
    for (std::int64_t c = 0; c < 5; ++c) {
      const DeepShapResult& map = maps[static_cast<std::size_t>(c)];
      EXPECT_TRUE(is_close(map.values, chain.reference.at(of + ".shap").rows(c, 1), 1e-9))
          << of << " of class " << c;
      EXPECT_FALSE(!(relative_delta(map.delta(), map.expected) <= 1e-9));
    }
  };
  expect_shaps(logits, Variant::shap, "logit");
  expect_shaps(logits, Variant::paper, "logit");
  // SHAP takes the softmax elementwise, and the paper variant by its parts.
  expect_shaps(probabilities, Variant::shap, "probability");
}

TEST(DeepLift, CaptumVariantIsCaptumsOnAChainOfModules) {
  const Chain chain;
  const Tensor baseline = chain.background.rows(0, 1);
  for (const auto& [of, objective] :
       {std::pair{"logit", logit_of(2)}, std::pair{"probability", probability_of(2)}})
    EXPECT_TRUE(
        is_close(deeplift(chain, chain.x, baseline, objective, {.variant = Variant::captum}).values,
                 chain.reference.at(str(of, ".captum")), 1e-9))
        << of;
}

TEST(DeepShap, IsTheMeanOverItsBackgroundWithItsStandardError) {
  const Network tested = network("functional");
  const Tensor x = picture_of(tested);
  const Tensor background = uniform({5, 16, 16, 3}, DType::f64, 3, 0, 1);
  const std::vector<Objective> objectives{logit_of(0), loss_of(4)};
  const auto results = deepshap(tested.model, x, background, objectives, {}, {.batch = 2});
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    Tensor mean = black_like(x), spread = black_like(x);
    std::vector<Tensor> maps;
    double expected = 0;
    for (std::int64_t b = 0; b < 5; ++b) {
      const DeepLiftResult one = deeplift(tested.model, x, background.rows(b, 1), objectives[i]);
      maps.push_back(one.values);
      mean = binary(Binary::add, mean, kernels::affine(one.values, 0.2, 0));
      expected += one.expected / 5;
    }
    for (const Tensor& map : maps) {
      const Tensor off = binary(Binary::subtract, map, mean);
      spread = binary(Binary::add, spread, binary(Binary::multiply, off, off));
    }
    EXPECT_TRUE(is_close(results[i].values, mean, 1e-12));
    EXPECT_TRUE(is_close(results[i].standard_error,
                         kernels::power(kernels::affine(spread, 1 / 20.0, 0), 0.5), 1e-7));
    EXPECT_NEAR(results[i].expected, expected, 1e-12);
    EXPECT_NEAR(results[i].sum, expected, 1e-9);
  }
}

// Also of which pictures share a batch: a row looks at no other.
TEST(DeepShap, HasTheSameBytesForAnyBatch) {
  const Model model = food_cnn("food");
  const Tensor x = picture(0), background = fixture_pictures(4).rows(1, 3);
  for (const Variant variant : {Variant::paper, Variant::captum, Variant::shap}) {
    const auto map = [&](std::int64_t batch) {
      return deepshap(model, x, background, {probability_of(2)}, {.variant = variant},
                      {.batch = batch})
          .front()
          .values;
    };
    const Tensor expected = map(3);
    EXPECT_GT(norm(expected), 0);
    EXPECT_TRUE(has_same_bytes(map(1), expected));
    EXPECT_TRUE(has_same_bytes(map(2), expected));
  }
}

TEST(DeepLift, RefusesByNameWhatItHasNoRuleFor) {
  const Tensor x = uniform({1, 4, 4, 2}, DType::f64, 5), black = black_like(x);
  const auto message = [&](const Model& model) {
    return message_of([&] { deeplift(model, x, black, logit_of(0)); });
  };
  const Model two_factors = [](const Var& v) {
    const Var flat = flatten(v);
    return matmul(matmul(flat, false, flat, true), false, flat, false);
  };
  EXPECT_EQ(message(two_factors),
            "DeepLIFT has no rule for the matmul, of which two inputs depend on the picture; use a "
            "method that needs none, such as integrated gradients");
  const Model mixed = [](const Var& v) {
    const LayerScope scope("norm");
    return add(flatten(v), mean(v));
  };
  EXPECT_NE(message(mixed).find("sum_to of layer norm makes [] of a batch of 2"),
            std::string::npos);
  // An op that hides a ReLU from the rule for it.
  const Tensor weight = uniform({3, 3, 3, 2}, DType::f64, 6), bias = uniform({3}, DType::f64, 7);
  const Model fused = [&](const Var& v) {
    return flatten(conv2d_block(v, weight, bias, {.stride = 1, .padding = 1}, nullptr));
  };
  EXPECT_NE(message(fused).find("no rule for the conv2d_block"), std::string::npos);
  const Model plain = [](const Var& v) { return flatten(v); };
  EXPECT_EQ(message(plain), "");
  EXPECT_NE(message_of([&] { deeplift(plain, x, x.rows(0, 0), logit_of(0)); }), "");
  EXPECT_NE(message_of([&] { deepshap(plain, x, x, {}); }), "");
}

}  // namespace
}  // namespace backlight::testing
