#include "layers/linear.h"

namespace backlight {

Linear::Linear(std::int64_t in, std::int64_t out, Shape flattened)
    : weight(Tensor::zeros({out, in})),
      bias(Tensor::zeros({out})),
      flattened_(std::move(flattened)) {
  require(flattened_.rank() == 0 || (flattened_.rank() == 3 && flattened_.numel() == in),
          "a linear layer of ", in, " inputs cannot follow a flatten of ", flattened_);
}

std::string Linear::description() const {
  return str("Linear(", weight.dim(1), ", ", weight.dim(0), ")");
}

double Linear::flop(const Shape& input) const {
  return 2.0 * static_cast<double>(input[0]) * static_cast<double>(weight.numel());
}

void Linear::collect(const std::string& prefix, std::vector<NamedTensor>& out) {
  const bool after_flatten = flattened_.rank() == 3;
  out.push_back({prefix + "weight", &weight, true,
                 after_flatten ? TorchOrder::chw_columns : TorchOrder::same, flattened_});
  out.push_back({prefix + "bias", &bias});
}

}  // namespace backlight
