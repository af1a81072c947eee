// Whole networks written as functions, against PyTorch: residual, reused and functional parts.
#include <cmath>
#include <map>

#include "autograd/grad.h"
#include "layers/layer.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

// The parameters of a fixture's network in our order, by their PyTorch names.
class Weights {
 public:
  explicit Weights(const StateDict& fixture) {
    for (const auto& [entry, tensor] : fixture)
      if (entry.starts_with("state.") && tensor.dtype() == DType::f64)
        tensors_.emplace(entry.substr(6), ours(tensor));
  }

  // Convolutions are OIHW in PyTorch; a linear layer of more than 12 inputs follows a flatten of
  // these networks' square pictures of 5 or 6 channels.
  static Tensor ours(const Tensor& torch) {
    if (torch.rank() == 4)
      return reordered(torch, {torch.dim(0), torch.dim(2), torch.dim(3), torch.dim(1)},
                       TorchOrder::oihw, {});
    if (torch.rank() == 2 && torch.dim(1) > 12) {
      const std::int64_t channels = torch.dim(1) % 6 == 0 ? 6 : 5;
      const auto side = static_cast<std::int64_t>(
          std::lround(std::sqrt(static_cast<double>(torch.dim(1) / channels))));
      return reordered(torch, torch.shape(), TorchOrder::chw_columns, {side, side, channels});
    }
    return torch;
  }

  const Tensor& operator[](const std::string& name) const { return tensors_.at(name); }
  auto begin() const { return tensors_.begin(); }
  auto end() const { return tensors_.end(); }

 private:
  static Tensor reordered(const Tensor& torch, const Shape& shape, TorchOrder order,
                          const Shape& columns) {
    Tensor target(shape, torch.dtype());
    return from_torch({"weight", &target, true, order, columns}, torch);
  }

  std::map<std::string, Tensor> tensors_;
};

Var normalised(const Var& x, const Weights& w, const std::string& norm) {
  return batch_norm(x, w[norm + ".running_mean"], w[norm + ".running_var"], w[norm + ".weight"],
                    w[norm + ".bias"], 1e-5);
}

Var residual(const Var& x, const Weights& w) {
  const Var a = relu(normalised(conv2d(x, w["conv1.weight"], w["conv1.bias"], {1, 1}), w, "norm1"));
  const Var branch = relu(normalised(conv2d(a, w["conv2.weight"], {}, {1, 1}), w, "norm2"));
  const Var b = relu(add(a, normalised(conv2d(branch, w["conv3.weight"], {}, {1, 1}), w, "norm3")));
  return linear(flatten(max_pool2d(b, {4, 4})), w["fc.weight"], w["fc.bias"]);
}

Var reused(const Var& x, const Weights& w) {
  const auto conv = [&](const Var& v) {
    return relu(conv2d(v, w["conv.weight"], w["conv.bias"], {1, 1}));
  };
  const PoolGeometry pool{2, 2};
  const Var stem = max_pool2d(relu(conv2d(x, w["stem.weight"], w["stem.bias"], {1, 1})), pool);
  return linear(flatten(max_pool2d(conv(conv(stem)), pool)), w["fc.weight"], w["fc.bias"]);
}

Var functional(const Var& x, const Weights& w) {
  const Var a = relu(conv2d(x, w["w1"], w["b1"], {1, 2}));
  const Var gate = sigmoid(conv2d(a, w["w2"], w["b2"], {2, 1}));
  const Var h = multiply(max_pool2d(a, {2, 2}), gate);
  return linear(relu(linear(flatten(h), w["w3"], w["b3"])), w["w4"], w["b4"]);
}

struct Network {
  std::string name;
  Var (*forward)(const Var&, const Weights&);
};
void PrintTo(const Network& network, std::ostream* out) { *out << network.name; }

class Networks : public ::testing::TestWithParam<Network> {
 protected:
  StateDict fixture_ = fixture_weights("autograd/" + GetParam().name + ".safetensors");
  Weights weights_{fixture_};

  Tensor at(const std::string& entry) const { return fixture_.at(entry); }
  Var forward(const Var& x) const { return GetParam().forward(x, weights_); }
};

TEST_P(Networks, LogitsAndTheirGradientAreThoseOfPyTorch) {
  Recording recording;
  const Var x = recording.input(at("input"));
  const Var logits = forward(x);
  EXPECT_TRUE(is_close(logits.value(), at("logits"), 1e-10));
  EXPECT_TRUE(is_close(grad(pick(logits, at("labels")), x), at("logit_gradient"), 1e-10));
}

TEST_P(Networks, GradientsOfTheLossAreThoseOfPyTorch) {
  Recording recording;
  std::vector<Var> inputs{recording.input(at("input"))};
  std::vector<std::string> names{"loss_gradient"};
  for (const auto& [name, tensor] : weights_)
    if (fixture_.find("loss_gradient." + name)) {
      inputs.push_back(recording.input(tensor));
      names.push_back("loss_gradient." + name);
    }
  EXPECT_GT(inputs.size(), 5u);
  const Var loss = cross_entropy(forward(inputs[0]), at("labels"));
  EXPECT_NEAR(loss.value().item(), at("loss").item(), 1e-11);
  const std::vector<Var> gradients = grad(std::vector{loss}, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor expected = i == 0 ? at(names[i]) : Weights::ours(at(names[i]));
    EXPECT_TRUE(is_close(gradients[i].value(), expected, 1e-9)) << names[i];
  }
}

TEST_P(Networks, HessianVectorProductIsThatOfPyTorch) {
  Recording recording({.create_graph = true});
  const Var x = recording.input(at("input"));
  const Var loss = cross_entropy(forward(x), at("labels"));
  const Var gradient = grad(std::vector{loss}, std::vector{x}, {.create_graph = true})[0];
  const Tensor product = grad(sum(multiply(gradient, at("vector"))), x);
  EXPECT_TRUE(is_close(product, at("hessian_vector"), 1e-9));
}

TEST_P(Networks, ComputeTheSameRecordedOrNot) {
  Recording recording;
  const Var x = recording.input(at("input"));
  const Tensor recorded = forward(x).value();
  const Unrecorded unrecorded;
  EXPECT_TRUE(has_same_bytes(forward(at("input")).value(), recorded));
}

INSTANTIATE_TEST_SUITE_P(PyTorch, Networks,
                         ::testing::Values(Network{"residual", residual}, Network{"reused", reused},
                                           Network{"functional", functional}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace backlight::testing
