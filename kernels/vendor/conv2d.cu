#include <cstdio>
#include <mutex>

#include "kernels/vendor/backend.h"
#include "kernels/vendor/bf16.h"
#include "kernels/vendor/tuning.h"

namespace backlight::kernels::vendor {
namespace {

// cuDNN's engines may add in another order for another batch, so that it is given groups of this
// many images, the last one padded with zeros, whatever the batch is.
constexpr std::int64_t kImages = 32;
constexpr std::uintptr_t kAlignment = 16;

void announce_ours(const ConvolutionProblem& problem) {
  static std::once_flag once;
  std::call_once(once, [&] {
    std::fprintf(stderr, "backlight: cuDNN has no engine for %s here; our kernels compute it\n",
                 problem.name().c_str());
  });
}

DeviceMemory& memory() { return memory_of(Device::cuda); }

bool is_aligned(const Tensor& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.address()) % kAlignment == 0;
}

// `count` elements of t, then zeros up to `padded` of them, in the type of the factors.
Tensor factor_copy(const Tensor& t, std::int64_t count, std::int64_t padded) {
  if (precision() == Precision::bf16) {
    Tensor copy({2 * padded}, DType::u8, Device::cuda);
    narrow_to_bf16(t.device_data<float>(), count, copy.mutable_address(), padded);
    return copy;
  }
  Tensor copy = padded > count ? Tensor::zeros({padded}, DType::f32, Device::cuda)
                               : Tensor({padded}, DType::f32, Device::cuda);
  memory().copy_within(copy.mutable_address(), t.address(),
                       static_cast<std::size_t>(count) * sizeof(float));
  return copy;
}

// A group of images as a factor; a view of t where it can be.
Tensor image_factor(const Tensor& t, std::int64_t first) {
  const std::int64_t count = std::min(kImages, t.dim(0) - first);
  const Tensor group = t.rows(first, count);
  if (count == kImages && precision() != Precision::bf16 && is_aligned(group)) return group;
  return factor_copy(group, group.numel(), group.numel() / count * kImages);
}

// The weights as a factor; a bfloat16 copy is kept for as long as the weights stay what they are.
Tensor weight_factor(const Tensor& weight) {
  if (precision() != Precision::bf16 && is_aligned(weight)) return weight;
  const std::string key =
      str("factor of cuDNN in ", precision_names()[static_cast<std::size_t>(precision())], " at ",
          static_cast<const void*>(weight.address()), weight.shape());
  return *weight.storage().attachment<Tensor>(key, [&] {
    return std::make_shared<const Tensor>(factor_copy(weight, weight.numel(), weight.numel()));
  });
}

// The problem itself, and what else would do where cuDNN has no engine for it: without bias and
// ReLU, and with a bfloat16 result.
std::vector<ConvolutionProblem> ways_to_run(const ConvolutionProblem& problem) {
  std::vector<ConvolutionProblem> ways{problem};
  ConvolutionProblem plain = problem;
  plain.bias = plain.relu = false;
  if (problem.bias || problem.relu) ways.push_back(plain);
  plain.bf16_result = true;
  if (problem.precision == Precision::bf16) ways.push_back(plain);
  return ways;
}

// Null if cuDNN has no engine for any of the ways.
const TunedConvolution* find_way(const ConvolutionProblem& problem,
                                 const ConvolutionOperands& operands) {
  for (const ConvolutionProblem& way : ways_to_run(problem)) {
    ConvolutionOperands its_own = operands;
    if (!way.bias) its_own.bias = nullptr;
    if (const TunedConvolution* const found = find_convolution(way, its_own)) return found;
  }
  announce_ours(problem);
  return nullptr;
}

// Runs the problem and leaves the first result.numel() floats of what it computes in `result`,
// which may be shorter than `whole`, cuDNN's result. What was run; null, and nothing is written,
// if cuDNN cannot.
const TunedConvolution* run(const ConvolutionProblem& problem, const Tensor& first,
                            const Tensor& second, const Tensor& bias, const Shape& whole,
                            Tensor& result) {
  const bool fits = result.shape() == whole && is_aligned(result);
  Tensor target = fits ? result : Tensor(whole, DType::f32, Device::cuda);
  ConvolutionOperands operands{first.address(), second.address(), target.mutable_address(),
                               bias.defined() ? bias.address() : nullptr};
  const TunedConvolution* const way = find_way(problem, operands);
  if (!way) return nullptr;
  if (!way->problem.bias) operands.bias = nullptr;
  if (way->problem.bf16_result) {
    Tensor narrow({2 * whole.numel()}, DType::u8, Device::cuda);
    operands.result = narrow.mutable_address();
    way->run(operands);
    widen_from_bf16(narrow.address(), result.numel(), result.mutable_device_data<float>());
    return way;
  }
  way->run(operands);
  if (!fits) memory().copy_within(result.mutable_address(), target.address(), result.nbytes());
  return way;
}

ConvolutionProblem group_problem(Direction direction, const Shape& x, const Shape& weight,
                                 Conv2dGeometry geometry) {
  return {direction, x.with(0, kImages), weight, geometry, precision()};
}

}  // namespace

Tensor VendorBackend::conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                             Conv2dGeometry geometry, Activation activation) const {
  const auto ours = [&] { return GpuBackend::conv2d(x, weight, bias, geometry, activation); };
  if (x.dtype() != DType::f32) return ours();
  ConvolutionProblem problem =
      group_problem(Direction::forward, x.shape(), weight.shape(), geometry);
  const Tensor aligned_bias = bias.defined() && !is_aligned(bias) ? bias.clone() : bias;
  problem.bias = bias.defined();
  problem.relu = activation == Activation::relu;
  const Shape whole = problem.y();
  Tensor y(whole.with(0, x.dim(0)), DType::f32, Device::cuda);
  const Tensor w = weight_factor(weight);
  const TunedConvolution* way = nullptr;
  for (std::int64_t n = 0; n < x.dim(0); n += kImages) {
    Tensor images = y.rows(n, std::min(kImages, x.dim(0) - n));
    way = run(problem, image_factor(x, n), w, aligned_bias, whole, images);
    if (!way) return ours();
  }
  if (way && problem.bias && !way->problem.bias) y = binary(Binary::add, y, bias);
  return way && problem.relu && !way->problem.relu ? relu(y) : y;
}

BlockOutput VendorBackend::conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                        Conv2dGeometry geometry, const PoolGeometry* pool,
                                        bool keep) const {
  BlockOutput out;
  out.y = conv2d(x, weight, bias, geometry, Activation::relu);
  if (pool)
    out.y = max_pool2d(out.y, *pool, keep ? &out.index : nullptr, true);
  else if (keep)
    out.open = positive_mask(out.y);
  return out;
}

Tensor VendorBackend::conv2d_data_gradient(const Tensor& g, const Tensor& weight,
                                           const Shape& input_shape, Conv2dGeometry geometry,
                                           const PositiveMask* mask) const {
  const auto ours = [&] {
    return GpuBackend::conv2d_data_gradient(g, weight, input_shape, geometry, mask);
  };
  if (g.dtype() != DType::f32) return ours();
  const ConvolutionProblem problem =
      group_problem(Direction::data_gradient, input_shape, weight.shape(), geometry);
  Tensor gx(input_shape, DType::f32, Device::cuda);
  const Tensor w = weight_factor(weight);
  for (std::int64_t n = 0; n < g.dim(0); n += kImages) {
    Tensor images = gx.rows(n, std::min(kImages, g.dim(0) - n));
    if (!run(problem, image_factor(g, n), w, {}, problem.x, images)) return ours();
  }
  return mask ? apply_mask(gx, *mask) : gx;
}

// The groups' sums are added up in the order of the images.
Tensor VendorBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& g,
                                             const Shape& weight_shape,
                                             Conv2dGeometry geometry) const {
  const auto ours = [&] {
    return GpuBackend::conv2d_weight_gradient(x, g, weight_shape, geometry);
  };
  if (x.dtype() != DType::f32) return ours();
  const ConvolutionProblem problem =
      group_problem(Direction::weight_gradient, x.shape(), weight_shape, geometry);
  Tensor gw;
  for (std::int64_t n = 0; n < x.dim(0); n += kImages) {
    Tensor part(weight_shape, DType::f32, Device::cuda);
    if (!run(problem, image_factor(x, n), image_factor(g, n), {}, weight_shape, part))
      return ours();
    gw = gw.defined() ? binary(Binary::add, gw, part) : part;
  }
  return gw.defined() ? gw : Tensor::zeros(weight_shape, DType::f32, Device::cuda);
}

std::string VendorBackend::conv2d_implementation(const Shape& input_shape,
                                                 const Shape& weight_shape,
                                                 Conv2dGeometry geometry) const {
  ConvolutionProblem problem =
      group_problem(Direction::forward, input_shape, weight_shape, geometry);
  problem.bias = problem.relu = true;
  for (const ConvolutionProblem& way : ways_to_run(problem))
    if (const TunedConvolution* const found = found_convolution(way))
      return str(cudnn_description(), ", engine ", found->plan.engine());
  return cudnn_description();
}

std::string cudnn_description() { return "cuDNN " + cudnn_version(); }

std::string cudnn_problem() { return cudnn().problem(); }

}  // namespace backlight::kernels::vendor
