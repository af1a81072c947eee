#include "xai/guided_backprop.h"

#include <algorithm>

#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/formula_models.h"
#include "tests/xai/naive_network.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

// max(0, f'(x) g) and max(0, g); the other end of the pair plays no part.
const NaiveRule kGuided = [](double g, double x, double, double, double) {
  return x > 0 ? std::max(0.0, g) : 0.0;
};
const NaiveRule kDeconvolution = [](double g, double, double, double, double) {
  return std::max(0.0, g);
};

// The residual network of networks.cpp in loops, whose ReLUs pass back what `rule` says.
Tensor naive_residual(const std::map<std::string, Tensor>& p, const Tensor& x,
                      const NaiveRule& rule) {
  NaiveNetwork net(rule);
  const auto conv = [&](const Naive& in, const std::string& name) {
    const auto bias = p.find(name + ".bias");
    return net.conv(in, p.at(name + ".weight"), bias == p.end() ? Tensor() : bias->second, 1, 1);
  };
  const auto norm = [&](const Naive& in, const std::string& name) {
    return net.batch_norm(in, p.at(name + ".running_mean"), p.at(name + ".running_var"),
                          p.at(name + ".weight"), p.at(name + ".bias"));
  };
  const Naive in = net.input(x, x);  // of a pair of equals, pooling passes its gradient
  const Naive a = net.relu(norm(conv(in, "conv1"), "norm1"));
  const Naive inner = net.relu(norm(conv(a, "conv2"), "norm2"));
  const Naive b = net.relu(net.add(a, norm(conv(inner, "conv3"), "norm3")));
  return net.back(net.linear(net.max_pool(b, 4, 4), p.at("fc.weight"), p.at("fc.bias")), 3, in);
}

TEST(GuidedBackprop, PassesWhatIsPositiveThroughWhatIsOpen) {
  const Network residual = network("residual");
  const Tensor x = residual.reference.at("input").rows(0, 1);
  const GuidedBackpropResult guided = guided_backprop(residual.model, x, logit_of(3));
  EXPECT_TRUE(is_close(guided.values, naive_residual(residual.parameters, x, kGuided), 1e-12));
  const GuidedBackpropResult reconstructed = deconvolution(residual.model, x, logit_of(3));
  EXPECT_TRUE(is_close(reconstructed.values, naive_residual(residual.parameters, x, kDeconvolution),
                       1e-12));
  EXPECT_GT(distance(reconstructed.values, guided.values), 0.1 * norm(guided.values));
  const Tensor gradient = input_gradient(residual.model, x, logit_of(3));
  for (const GuidedBackpropResult& result : {guided, reconstructed}) {
    const double cosine = dot(result.values, gradient) / (norm(result.values) * norm(gradient));
    EXPECT_NEAR(result.gradient_cosine, cosine, 1e-12);
    EXPECT_LT(cosine, 0.999);
  }
}

// sum_i c_i prelu(x_i): slope 1 above zero and 0.25 below.
TEST(GuidedBackprop, OfAPReluIsRectifiedToo) {
  const double x[] = {1, 2, -1, -2}, c[] = {3, -4, 5, -6};
  const Tensor input = Tensor::from<double>({x, x + 4}, {1, 4});
  const Tensor weights = Tensor::from<double>({c, c + 4}, {1, 4});
  const Model model = [&](const Var& v) {
    return linear(prelu(v, Tensor::full({1}, 0.25, DType::f64)), weights, Var());
  };
  const auto map = [&](auto method, Variant variant) {
    const Tensor values = method(model, input, logit_of(0), {.variant = variant}).values;
    return std::vector<double>(values.data<double>(), values.data<double>() + 4);
  };
  EXPECT_EQ(map(guided_backprop, Variant::paper), (std::vector<double>{3, 0, 1.25, 0}));
  EXPECT_EQ(map(deconvolution, Variant::paper), (std::vector<double>{3, 0, 5, 0}));
  EXPECT_EQ(map(guided_backprop, Variant::captum), (std::vector<double>{3, -4, 1.25, -1.5}));
  EXPECT_EQ(map(deconvolution, Variant::captum), (std::vector<double>{3, -4, 1.25, -1.5}));
}

TEST(GuidedBackprop, WithoutRectifiersIsTheGradient) {
  const Quadratic model(3, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 5);
  for (const auto& method : {guided_backprop, deconvolution}) {
    const GuidedBackpropResult result = method(model, x, logit_of(1), {});
    EXPECT_TRUE(is_close(result.values, model.gradient(1, x), 1e-14));
    EXPECT_NEAR(result.gradient_cosine, 1, 1e-12);
  }
}

TEST(GuidedBackprop, IsCaptums) {
  for (const std::string edition : {"food", "prelu"})
    for (const DType dtype : {DType::f64, DType::f32}) {
      const Model model = food_cnn(edition, dtype);
      for (int n = 0; n < 2; ++n) {
        const Objective objective = logit_of(label(edition, n));
        const Tensor x = picture(n, dtype);
        const GuidedBackpropOptions captum{.variant = Variant::captum};
        expect_map(guided_backprop(model, x, objective, captum).values, edition,
                   "guided_backprop_captum", n);
        expect_map(deconvolution(model, x, objective, captum).values, edition,
                   "deconvolution_captum", n);
        // All rectifiers of this one are ReLUs.
        if (edition == "food")
          expect_map(guided_backprop(model, x, objective).values, edition, "guided_backprop_captum",
                     n);
      }
    }
}

// A rule for ReLUs leaves convolution and batch norm one op, and keeps a bit of each activation.
TEST(GuidedBackprop, KeepsBitsOnly) {
  FoodCnn network(FoodCnnConfig::course(4));
  network.initialise(1);
  const Tensor x = uniform(network.input_shape(1), DType::f32, 2, 0, 1);
  const auto map = [&] {
    (void)guided_backprop([&](const Var& v) { return network(v); }, x, logit_of(0));
  };
  map();  // packs the weights
  const Tensor ballast({static_cast<std::int64_t>(memory_use().peak)}, DType::u8);
  const std::size_t before = memory_use().live;
  map();
  const auto used = static_cast<double>(memory_use().peak - before);
  // The largest activation is of 128 x 128 x 32 floats; all that the network has would be ten.
  const double largest = 128.0 * 128 * 32 * 4;
  EXPECT_GT(used, 2 * largest);
  EXPECT_LE(used, 5 * largest);
}

}  // namespace
}  // namespace backlight::testing
