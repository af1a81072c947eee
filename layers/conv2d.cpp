#include "layers/conv2d.h"

#include <cmath>

#include "kernels/elementwise.h"

namespace backlight {

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Conv2dGeometry geometry,
               bool with_bias)
    : weight(Tensor::zeros({out, kernel, kernel, in})), geometry_(geometry) {
  if (with_bias) bias = Tensor::zeros({out});
}

Var Conv2d::forward(const Var& x) { return conv2d(x, weight, bias, geometry_); }

std::string Conv2d::description() const {
  return str("Conv2d(", weight.dim(3), ", ", weight.dim(0), ", kernel_size=", weight.dim(1),
             ", stride=", geometry_.stride, ", padding=", geometry_.padding,
             bias.defined() ? ")" : ", bias=False)");
}

Shape Conv2d::output_shape(const Shape& input) const {
  return {input[0], geometry_.output_size(input[1], weight.dim(1)),
          geometry_.output_size(input[2], weight.dim(2)), weight.dim(0)};
}

std::optional<Locality> Conv2d::locality() const {
  const std::int64_t reach = geometry_.padding;
  if (geometry_.stride != 1 || weight.dim(1) != 2 * reach + 1 || weight.dim(2) != 2 * reach + 1)
    return std::nullopt;
  return Locality{.reach = reach, .stride = 1};
}

double Conv2d::flop(const Shape& input) const {
  const auto window = static_cast<double>(weight.numel() / weight.dim(0));
  return 2.0 * static_cast<double>(output_shape(input).numel()) * window;
}

void Conv2d::collect(const std::string& prefix, std::vector<NamedTensor>& out) {
  out.push_back({prefix + "weight", &weight, true, TorchOrder::oihw});
  if (bias.defined()) out.push_back({prefix + "bias", &bias});
}

BatchNorm2d::BatchNorm2d(std::int64_t channels, double epsilon, double momentum)
    : weight(Tensor::full({channels}, 1)),
      bias(Tensor::zeros({channels})),
      running_mean(Tensor::zeros({channels})),
      running_var(Tensor::full({channels}, 1)),
      num_batches_tracked(Tensor::zeros({}, DType::i64)),
      epsilon_(epsilon),
      momentum_(momentum) {}

Var BatchNorm2d::forward(const Var& x) {
  if (!training()) return batch_norm(x, running_mean, running_var, weight, bias, epsilon_);
  const auto result = batch_norm_training(x, weight, bias, epsilon_);
  const auto count = static_cast<double>(x.value().numel() / x.dim(-1));
  require(count > 1, "batch norm cannot be trained on one value a channel; use a larger batch");
  const auto blend = [&](const Tensor& running, const Tensor& batch, double scale) {
    return kernels::binary(kernels::Binary::add, kernels::affine(running, 1 - momentum_, 0),
                           kernels::affine(batch, momentum_ * scale, 0));
  };
  running_mean = blend(running_mean, result.mean, 1);
  running_var = blend(running_var, result.variance, count / (count - 1));
  num_batches_tracked = Tensor::scalar(num_batches_tracked.item() + 1, DType::i64);
  return result.output;
}

std::string BatchNorm2d::description() const { return str("BatchNorm2d(", weight.numel(), ")"); }

void BatchNorm2d::collect(const std::string& prefix, std::vector<NamedTensor>& out) {
  out.push_back({prefix + "weight", &weight});
  out.push_back({prefix + "bias", &bias});
  out.push_back({prefix + "running_mean", &running_mean, false});
  out.push_back({prefix + "running_var", &running_var, false});
  out.push_back({prefix + "num_batches_tracked", &num_batches_tracked, false});
}

FoldedConv2d fold(const Conv2d& conv, const BatchNorm2d& norm) {
  require(conv.weight.dim(0) == norm.weight.numel(), "a convolution of ", conv.weight.dim(0),
          " channels does not fit a batch norm of ", norm.weight.numel());
  const auto here = [](const Tensor& t) { return t.defined() ? t.to(Device::cpu) : t; };
  const Tensor weight = here(conv.weight), conv_bias = here(conv.bias), gamma = here(norm.weight);
  const Tensor variance = here(norm.running_var), mean = here(norm.running_mean);
  const Tensor beta = here(norm.bias);
  FoldedConv2d folded{Tensor(weight.shape(), weight.dtype()),
                      Tensor({weight.dim(0)}, weight.dtype())};
  dispatch_floating(weight.dtype(), "fold", [&](auto type) {
    using T = decltype(type);
    const T* w = weight.data<T>();
    T *to = folded.weight.mutable_data<T>(), *shift = folded.bias.mutable_data<T>();
    const std::int64_t row = weight.numel() / weight.dim(0);
    for (std::int64_t o = 0; o < weight.dim(0); ++o) {
      const double scale = gamma.at(o) / std::sqrt(variance.at(o) + norm.epsilon());
      const double bias = conv_bias.defined() ? conv_bias.at(o) : 0.0;
      for (std::int64_t i = o * row; i < (o + 1) * row; ++i)
        to[i] = static_cast<T>(scale * static_cast<double>(w[i]));
      shift[o] = static_cast<T>(scale * (bias - mean.at(o)) + beta.at(o));
    }
  });
  return {folded.weight.to(conv.weight.device()), folded.bias.to(conv.weight.device())};
}

}  // namespace backlight
