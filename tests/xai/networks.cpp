#include "tests/xai/networks.h"

#include <numbers>

#include "layers/layer.h"
#include "tests/models/fixtures.h"

namespace backlight::testing {
namespace {

using Parameters = std::map<std::string, Tensor>;

Var batch_norm(const Var& x, const Parameters& p, const std::string& name) {
  return backlight::batch_norm(x, p.at(name + ".running_mean"), p.at(name + ".running_var"),
                               p.at(name + ".weight"), p.at(name + ".bias"), 1e-5);
}

Var conv2d(const Var& x, const Parameters& p, const std::string& name, Conv2dGeometry geometry) {
  const auto bias = p.find(name + ".bias");
  return backlight::conv2d(x, p.at(name + ".weight"), bias == p.end() ? Var() : Var(bias->second),
                           geometry);
}

Var linear(const Var& x, const Parameters& p, const std::string& name) {
  return backlight::linear(x, p.at(name + ".weight"), p.at(name + ".bias"));
}

constexpr Conv2dGeometry kSame{.stride = 1, .padding = 1};

// a = relu(norm1(conv1 x)), b = relu(a + norm3(conv3 relu(norm2(conv2 a)))), fc(pool b).
Var residual(const Parameters& p, const Var& x) {
  const Var a = relu(batch_norm(conv2d(x, p, "conv1", kSame), p, "norm1"));
  const Var inner = relu(batch_norm(conv2d(a, p, "conv2", kSame), p, "norm2"));
  const Var b = relu(add(a, batch_norm(conv2d(inner, p, "conv3", kSame), p, "norm3")));
  return linear(flatten(max_pool2d(b, {4, 4})), p, "fc");
}

// One convolution, one ReLU and one pooling, each applied several times.
Var reused(const Parameters& p, const Var& x) {
  Var value = max_pool2d(relu(conv2d(x, p, "stem", kSame)), {2, 2});
  value = relu(conv2d(value, p, "conv", kSame));
  value = max_pool2d(relu(conv2d(value, p, "conv", kSame)), {2, 2});
  return linear(flatten(value), p, "fc");
}

// h = max_pool2d(a, 2) sigmoid(conv(a)) with a = relu(conv x), and two linear layers.
Var functional(const Parameters& p, const Var& x) {
  const Var a = relu(backlight::conv2d(x, p.at("w1"), p.at("b1"), {.stride = 1, .padding = 2}));
  const Var gate =
      sigmoid(backlight::conv2d(a, p.at("w2"), p.at("b2"), {.stride = 2, .padding = 1}));
  const Var h = flatten(multiply(max_pool2d(a, {2, 2}), gate));
  const Var hidden = relu(backlight::linear(h, p.at("w3"), p.at("b3")));
  return backlight::linear(hidden, p.at("w4"), p.at("b4"));
}

Var softplus(const Var& x) { return log(affine(exp(x), 1, 1)); }

// erf(x) = 2/sqrt(pi) x exp(-x^2) (1 + 2x^2/3 (1 + 2x^2/5 (1 + ...))): no term is negative.
Var erf(const Var& x) {
  const Var squared = multiply(x, x);
  Var series = affine(squared, 0, 1);
  for (int n = 60; n >= 1; --n)
    series = affine(multiply(affine(squared, 2.0 / (2 * n + 1), 0), series), 1, 1);
  const Var bell = affine(exp(affine(squared, -1, 0)), 2 * std::numbers::inv_sqrtpi, 0);
  return multiply(multiply(x, bell), series);
}

// x times the share of the normal distribution below x.
Var gelu(const Var& x) {
  return multiply(x, affine(erf(affine(x, 1 / std::numbers::sqrt2, 0)), 0.5, 0.5));
}

// [N,H,W,C] to [N,C].
Var mean_over_picture(const Var& x) {
  const Var sums = reshape(sum_to(x, {x.dim(0), 1, 1, x.dim(3)}), {x.dim(0), x.dim(3)});
  return affine(sums, 1 / static_cast<double>(x.dim(1) * x.dim(2)), 0);
}

Var smooth(const Parameters& p, const Var& x) {
  Var value = softplus(batch_norm(conv2d(x, p, "conv1", kSame), p, "norm1"));
  value = gelu(conv2d(value, p, "conv2", {.stride = 2, .padding = 1}));
  value = tanh(conv2d(value, p, "conv3", {.stride = 1, .padding = 0}));
  return linear(sigmoid(linear(mean_over_picture(value), p, "fc1")), p, "fc2");
}

struct Architecture {
  Var (*forward)(const Parameters& p, const Var& x);
  std::map<std::string, Shape> flattened;
};

const std::map<std::string, Architecture>& architectures() {
  static const std::map<std::string, Architecture> all{
      {"residual", {residual, {{"fc.weight", {4, 4, 6}}}}},
      {"reused", {reused, {{"fc.weight", {4, 4, 5}}}}},
      {"functional", {functional, {{"w3", {8, 8, 5}}}}},
      {"smooth", {smooth, {}}},
  };
  return all;
}

}  // namespace

Tensor Network::in_our_order(const std::string& name, const Tensor& torch) const {
  NamedTensor named{name, nullptr};
  Tensor ours(torch.shape(), torch.dtype());
  const auto columns = flattened.find(name);
  if (torch.rank() == 4) {
    ours = Tensor({torch.dim(0), torch.dim(2), torch.dim(3), torch.dim(1)}, torch.dtype());
    named.order = TorchOrder::oihw;
  } else if (columns != flattened.end()) {
    named.order = TorchOrder::chw_columns;
    named.columns = columns->second;
  }
  named.tensor = &ours;
  return from_torch(named, torch);
}

Network network(const std::string& name) {
  const Architecture& architecture = architectures().at(name);
  Network network;
  network.reference = fixture_weights("autograd/" + name + ".safetensors");
  network.flattened = architecture.flattened;
  const std::string prefix = "state.";
  for (const auto& [entry, tensor] : network.reference) {
    if (!entry.starts_with(prefix) || tensor.dtype() != DType::f64) continue;
    const std::string parameter = entry.substr(prefix.size());
    network.parameters[parameter] = network.in_our_order(parameter, tensor);
  }
  network.model = [forward = architecture.forward, parameters = network.parameters](const Var& x) {
    return forward(parameters, x);
  };
  return network;
}

}  // namespace backlight::testing
