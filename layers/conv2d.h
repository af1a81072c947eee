// Convolution and batch normalisation, which evaluation folds into one.
#pragma once

#include "layers/layer.h"

namespace backlight {

// torch.nn.Conv2d with a square window.
class Conv2d final : public Layer {
 public:
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Conv2dGeometry geometry,
         bool bias = true);

  Var forward(const Var& x) override;
  std::string description() const override;
  Shape output_shape(const Shape& input) const override;
  // That of a convolution which keeps the size of the picture.
  std::optional<Locality> locality() const override;
  double flop(const Shape& input) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& out) override;

  const Conv2dGeometry& geometry() const { return geometry_; }

  Tensor weight;  // [O,K,K,I]
  Tensor bias;    // [O], or undefined

 private:
  Conv2dGeometry geometry_;
};

// torch.nn.BatchNorm2d over the last axis.
class BatchNorm2d final : public Layer {
 public:
  explicit BatchNorm2d(std::int64_t channels, double epsilon = 1e-5, double momentum = 0.1);

  // In training the running statistics move towards the batch's by `momentum`; the running
  // variance is the unbiased one, as in PyTorch.
  Var forward(const Var& x) override;
  std::string description() const override;
  std::optional<Locality> locality() const override {
    if (training()) return std::nullopt;
    return Locality{};
  }
  void collect(const std::string& prefix, std::vector<NamedTensor>& out) override;

  double epsilon() const { return epsilon_; }

  Tensor weight, bias, running_mean, running_var;  // [C]
  Tensor num_batches_tracked;                      // int64 scalar

 private:
  double epsilon_, momentum_;
};

// The convolution that equals `conv` followed by `norm` in evaluation: with
// s = norm.weight / sqrt(norm.running_var + epsilon),
// weight' = s weight, bias' = s (bias - running_mean) + norm.bias. Computed in double.
struct FoldedConv2d {
  Tensor weight, bias;
};
FoldedConv2d fold(const Conv2d& conv, const BatchNorm2d& norm);

}  // namespace backlight
