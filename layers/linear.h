// The fully connected layer.
#pragma once

#include "layers/layer.h"

namespace backlight {

// torch.nn.Linear. Where its input was flattened from [H,W,C], `flattened` says so, because
// PyTorch flattens C,H,W and orders the weight's columns that way.
class Linear final : public Layer {
 public:
  Linear(std::int64_t in, std::int64_t out, Shape flattened = {});

  Var forward(const Var& x) override { return linear(x, weight, bias); }
  std::string description() const override;
  Shape output_shape(const Shape& input) const override { return {input[0], weight.dim(0)}; }
  double flop(const Shape& input) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& out) override;

  Tensor weight;  // [out,in]
  Tensor bias;    // [out]

 private:
  Shape flattened_;
};

}  // namespace backlight
