// Layers without weights, and PReLU.
#pragma once

#include "layers/layer.h"

namespace backlight {

class ReLU final : public Layer {
 public:
  Var forward(const Var& x) override { return relu(x); }
  std::optional<Locality> locality() const override { return Locality{}; }
  std::string description() const override { return "ReLU()"; }
};

// torch.nn.PReLU: one slope for all channels, or one each.
class PReLU final : public Layer {
 public:
  explicit PReLU(std::int64_t slopes) : weight(Tensor::full({slopes}, 0.25)) {}

  Var forward(const Var& x) override { return prelu(x, weight); }
  std::optional<Locality> locality() const override { return Locality{}; }
  std::string description() const override {
    return str("PReLU(num_parameters=", weight.numel(), ")");
  }
  void collect(const std::string& prefix, std::vector<NamedTensor>& out) override {
    out.push_back({prefix + "weight", &weight});
  }

  Tensor weight;  // [1] or [C]
};

class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(PoolGeometry geometry) : geometry_(geometry) {}

  Var forward(const Var& x) override { return max_pool2d(x, geometry_); }
  std::string description() const override {
    return str("MaxPool2d(kernel_size=", geometry_.window, ", stride=", geometry_.stride, ")");
  }
  Shape output_shape(const Shape& input) const override {
    return {input[0], (input[1] - geometry_.window) / geometry_.stride + 1,
            (input[2] - geometry_.window) / geometry_.stride + 1, input[3]};
  }
  std::optional<Locality> locality() const override {
    if (geometry_.window != geometry_.stride) return std::nullopt;
    return Locality{.reach = 0, .stride = geometry_.stride};
  }
  const PoolGeometry& geometry() const { return geometry_; }

 private:
  PoolGeometry geometry_;
};

// torch.nn.Dropout: in training, zeroes each element with probability p and divides the rest by
// 1 - p. Draw k of a layer depends on (seed, k) alone.
class Dropout final : public Layer {
 public:
  Dropout(double p, std::uint64_t seed) : p_(p), seed_(seed) {}

  Var forward(const Var& x) override;
  std::string description() const override { return str("Dropout(p=", p_, ")"); }

 private:
  double p_;
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
};

}  // namespace backlight
