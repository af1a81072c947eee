#include "tensor/tensor.h"

#include <cmath>
#include <cstring>

namespace backlight {
namespace {

constexpr std::int64_t kBlock = 16;

// Calls f(T{}) with the C++ type of any dtype.
template <typename F>
decltype(auto) dispatch_any(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32: return f(float{});
    case DType::f64: return f(double{});
    case DType::i32: return f(std::int32_t{});
    case DType::i64: return f(std::int64_t{});
    case DType::u8: return f(std::uint8_t{});
  }
  fail("unknown dtype ", static_cast<int>(dtype));
}

// Moves [N,P,C] to [N,C/16,P,16] (blocking) or back.
template <typename T>
void permute_blocks(const T* from, T* to, const Shape& shape, bool blocking) {
  const std::int64_t n = shape[0], pixels = shape[1] * shape[2], channels = shape[3];
  const std::int64_t blocks = channels / kBlock;
#pragma omp parallel for collapse(2)
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t b = 0; b < blocks; ++b) {
        const std::int64_t flat = (i * pixels + p) * channels + b * kBlock;
        const std::int64_t blocked = ((i * blocks + b) * pixels + p) * kBlock;
        std::memcpy(to + (blocking ? blocked : flat), from + (blocking ? flat : blocked),
                    kBlock * sizeof(T));
      }
    }
  }
}

}  // namespace

Tensor::Tensor(Shape shape, DType dtype, Device device, Layout layout)
    : shape_(std::move(shape)), dtype_(dtype), device_(device), layout_(layout) {
  const auto limit = static_cast<std::int64_t>(std::int64_t{1} << 46);
  require(numel() <= limit, "a tensor of shape ", shape_, " does not fit in any memory");
  require(layout == Layout::row_major || (rank() == 4 && dim(3) % kBlock == 0),
          "only [N,H,W,C] with C a multiple of 16 has a blocked layout, not ", shape_);
  require(layout == Layout::row_major || device == Device::cpu, "only the processor has blocked ",
          "layouts, not ", name_of(device));
  storage_ = std::make_shared<Storage>(nbytes(), device);
}

Tensor Tensor::zeros(const Shape& shape, DType dtype, Device device) {
  Tensor out(shape, dtype, device);
  const std::byte zero{0};
  memory_of(device).fill(out.mutable_address(), &zero, 1, out.nbytes());
  return out;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype, Device device) {
  Tensor out(shape, dtype, device);
  dispatch_any(dtype, [&](auto type) {
    const auto element = static_cast<decltype(type)>(value);
    memory_of(device).fill(out.mutable_address(), reinterpret_cast<const std::byte*>(&element),
                           sizeof element, static_cast<std::size_t>(out.numel()));
  });
  return out;
}

template <typename T>
Tensor Tensor::from(const std::vector<T>& values, const Shape& shape) {
  require(static_cast<std::int64_t>(values.size()) == shape.numel(), values.size(),
          " values do not fill the shape ", shape);
  Tensor out(shape, dtype_of<T>());
  if (!values.empty()) std::memcpy(out.mutable_bytes(), values.data(), out.nbytes());
  return out;
}
template Tensor Tensor::from(const std::vector<float>&, const Shape&);
template Tensor Tensor::from(const std::vector<double>&, const Shape&);
template Tensor Tensor::from(const std::vector<std::int32_t>&, const Shape&);
template Tensor Tensor::from(const std::vector<std::int64_t>&, const Shape&);
template Tensor Tensor::from(const std::vector<std::uint8_t>&, const Shape&);

void Tensor::check_type(DType asked) const {
  require(defined(), "an undefined tensor has no elements");
  require(asked == dtype_, "the tensor is ", name_of(dtype_), ", read as ", name_of(asked));
}

void Tensor::fail_on_gpu() const {
  fail("a tensor of shape ", shape_, " lives on ", name_of(device_),
       "; bring it to the processor with to(Device::cpu)");
}

double Tensor::at(std::int64_t index) const {
  require(index >= 0 && index < numel(), "element ", index, " of a tensor of shape ", shape_);
  if (device_ != Device::cpu) return reshape({numel()}).rows(index, 1).to(Device::cpu).at(0);
  if (layout_ != Layout::row_major) return dense().at(index);
  return dispatch_any(
      dtype_, [&](auto type) { return static_cast<double>(data<decltype(type)>()[index]); });
}

double Tensor::item() const {
  require(numel() == 1, "item() of a tensor of shape ", shape_);
  return at(0);
}

Tensor Tensor::reshape(const Shape& shape) const {
  require(shape.numel() == numel(), "a tensor of shape ", shape_, " cannot become ", shape);
  Tensor out = shape == shape_ ? *this : dense();
  out.shape_ = shape;
  return out;
}

Tensor Tensor::rows(std::int64_t first, std::int64_t count) const {
  require(rank() > 0 && first >= 0 && count >= 0 && first + count <= dim(0), "rows [", first, ", ",
          first + count, ") of a tensor of shape ", shape_);
  Tensor out = *this;
  const std::size_t row = dim(0) ? nbytes() / static_cast<std::size_t>(dim(0)) : 0;
  out.offset_ += row * static_cast<std::size_t>(first);
  out.shape_ = shape_.with(0, count);
  return out;
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  if (device_ != Device::cpu) return to(Device::cpu).to(dtype).to(device_);
  const Tensor from = dense();
  Tensor out(shape_, dtype, device_);
  dispatch_any(dtype_, [&](auto from_type) {
    dispatch_any(dtype, [&](auto to_type) {
      using To = decltype(to_type);
      const auto* source = from.data<decltype(from_type)>();
      To* target = out.mutable_data<To>();
      for (std::int64_t i = 0; i < numel(); ++i) target[i] = static_cast<To>(source[i]);
    });
  });
  return out;
}

Tensor Tensor::to(Device device) const {
  if (device == device_) return *this;
  if (device_ != Device::cpu && device != Device::cpu) return to(Device::cpu).to(device);
  const Tensor from = dense();
  Tensor out(shape_, dtype_, device);
  if (numel() == 0) return out;
  if (device == Device::cpu)
    memory_of(device_).copy_to_host(out.mutable_address(), from.address(), nbytes());
  else
    memory_of(device).copy_from_host(out.mutable_address(), from.address(), nbytes());
  return out;
}

Tensor Tensor::dense() const { return in_layout(Layout::row_major); }

Tensor Tensor::in_layout(Layout layout) const {
  if (layout == layout_) return *this;
  Tensor out(shape_, dtype_, device_, layout);
  dispatch_any(dtype_, [&](auto type) {
    using T = decltype(type);
    permute_blocks(data<T>(), out.mutable_data<T>(), shape_, layout == Layout::channels_in_16s);
  });
  return out;
}

Tensor Tensor::clone() const {
  const Tensor from = dense();
  Tensor out(shape_, dtype_, device_);
  if (numel() > 0)
    memory_of(device_).copy_within(out.mutable_address(), from.address(), from.nbytes());
  return out;
}

Tensor concatenate(const std::vector<Tensor>& parts) {
  require(!parts.empty(), "nothing to concatenate");
  std::int64_t rows = 0;
  const Tensor& first = parts[0];
  for (const Tensor& part : parts) {
    require(part.dtype() == first.dtype() && part.device() == first.device() &&
                part.shape().with(0, 0) == first.shape().with(0, 0),
            "cannot join tensors of shapes ", first.shape(), " and ", part.shape());
    rows += part.dim(0);
  }
  Tensor out(first.shape().with(0, rows), first.dtype(), first.device());
  std::int64_t row = 0;
  for (const Tensor& part : parts) {
    const Tensor from = part.dense();
    Tensor to = out.rows(row, part.dim(0));
    if (part.numel() > 0)
      memory_of(first.device()).copy_within(to.mutable_address(), from.address(), from.nbytes());
    row += part.dim(0);
  }
  return out;
}

bool all_finite(const Tensor& tensor) {
  if (tensor.dtype() != DType::f32 && tensor.dtype() != DType::f64) return true;
  if (tensor.device() != Device::cpu) return all_finite(tensor.to(Device::cpu));
  return dispatch_floating(tensor.dtype(), "all_finite", [&](auto type) {
    const auto* values = tensor.data<decltype(type)>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      if (!std::isfinite(values[i])) return false;
    return true;
  });
}

}  // namespace backlight
