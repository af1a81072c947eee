#include "layers/layer.h"

namespace backlight {
namespace {

// Copies [A,B,C] to [A,C,B].
Tensor swap_last_axes(const Tensor& tensor, std::int64_t a, std::int64_t b, std::int64_t c,
                      const Shape& shape) {
  Tensor out(shape, tensor.dtype());
  dispatch_floating(tensor.dtype(), "weights", [&](auto type) {
    using T = decltype(type);
    const T* from = tensor.data<T>();
    T* to = out.mutable_data<T>();
    for (std::int64_t i = 0; i < a; ++i)
      for (std::int64_t j = 0; j < b; ++j)
        for (std::int64_t k = 0; k < c; ++k) to[(i * c + k) * b + j] = from[(i * b + j) * c + k];
  });
  return out;
}

}  // namespace

Shape torch_shape(const NamedTensor& named) {
  const Shape& shape = named.tensor->shape();
  if (named.order == TorchOrder::oihw) return {shape[0], shape[3], shape[1], shape[2]};
  return shape;
}

Tensor from_torch(const NamedTensor& named, const Tensor& torch) {
  require(torch.shape() == torch_shape(named), "the tensor '", named.name, "' has shape ",
          torch.shape(), " instead of ", torch_shape(named));
  const Shape& ours = named.tensor->shape();
  const Tensor dense = torch.dense();
  switch (named.order) {
    case TorchOrder::same: return dense.clone();
    case TorchOrder::oihw: return swap_last_axes(dense, ours[0], ours[3], ours[1] * ours[2], ours);
    case TorchOrder::chw_columns:
      return swap_last_axes(dense, ours[0], named.columns[2], named.columns[0] * named.columns[1],
                            ours);
  }
  fail("unknown weight order");
}

Tensor to_torch(const NamedTensor& named) {
  const Tensor ours_here = named.tensor->to(Device::cpu);
  const Shape& ours = named.tensor->shape();
  const Shape shape = torch_shape(named);
  switch (named.order) {
    case TorchOrder::same: return ours_here;
    case TorchOrder::oihw:
      return swap_last_axes(ours_here, ours[0], ours[1] * ours[2], ours[3], shape);
    case TorchOrder::chw_columns:
      return swap_last_axes(ours_here, ours[0], named.columns[0] * named.columns[1],
                            named.columns[2], shape);
  }
  fail("unknown weight order");
}

}  // namespace backlight
