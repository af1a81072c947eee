// Tensor: a handle to a contiguous block of numbers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tensor/device.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/storage.h"

namespace backlight {

// How the elements lie in memory. Everything anyone looks at is row_major, with channels last.
// The CPU's Winograd convolution keeps activations [N,H,W,C] in blocks of 16 channels,
// N x C/16 x H x W x 16, from layer to layer; see Tensor::dense().
enum class Layout : std::uint8_t { row_major, channels_in_16s };

// A copyable handle: storage, shape, dtype and device. Copies share the elements. Elements are
// contiguous; a row range of the outermost axis is a view of the same storage. Kernels fill a
// tensor once through mutable_data() or, on a GPU, mutable_device_data(); after that it is read
// only, except where an optimiser or a loader says otherwise.
class Tensor {
 public:
  Tensor() = default;  // undefined: no storage; defined() is false

  // Elements are undefined until written.
  explicit Tensor(Shape shape, DType dtype = DType::f32, Device device = Device::cpu,
                  Layout layout = Layout::row_major);

  static Tensor zeros(const Shape& shape, DType dtype = DType::f32, Device device = Device::cpu);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32,
                     Device device = Device::cpu);
  // A tensor that holds a copy of `values`, in row-major order.
  template <typename T>
  static Tensor from(const std::vector<T>& values, const Shape& shape);
  static Tensor scalar(double value, DType dtype = DType::f32) { return full({}, value, dtype); }

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(std::int64_t axis) const { return shape_[axis]; }
  std::int64_t rank() const { return shape_.rank(); }
  std::int64_t numel() const { return shape_.numel(); }
  std::size_t nbytes() const { return static_cast<std::size_t>(numel()) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }
  Layout layout() const { return layout_; }

  // The elements of a tensor on the processor, in the order of layout(). Errors: T is not the
  // dtype, or the tensor lives on a GPU.
  template <typename T>
  const T* data() const {
    check_type(dtype_of<T>());
    return reinterpret_cast<const T*>(bytes());
  }
  template <typename T>
  T* mutable_data() {
    check_type(dtype_of<T>());
    return reinterpret_cast<T*>(mutable_bytes());
  }
  const std::byte* bytes() const {
    check_on_processor();
    return address();
  }
  std::byte* mutable_bytes() {
    check_on_processor();
    return mutable_address();
  }

  // The same as an address of the tensor's own device, for its kernels.
  template <typename T>
  const T* device_data() const {
    check_type(dtype_of<T>());
    return reinterpret_cast<const T*>(address());
  }
  template <typename T>
  T* mutable_device_data() {
    check_type(dtype_of<T>());
    return reinterpret_cast<T*>(mutable_address());
  }
  // Where the elements lie on their device: what tells one tensor from another.
  const std::byte* address() const { return storage_->data() + offset_; }
  std::byte* mutable_address() { return storage_->mutable_data() + offset_; }

  // The element at a row-major position, as a double; for tests, reports and scalars. From a GPU,
  // that waits for its work: bring the tensor to the processor where many are wanted.
  double at(std::int64_t index) const;
  // The value of a one-element tensor.
  double item() const;

  // The same elements under another shape of as many elements (shares storage when row_major).
  Tensor reshape(const Shape& shape) const;
  // Rows [first, first + count) of the outermost axis, sharing storage.
  Tensor rows(std::int64_t first, std::int64_t count) const;
  // The elements converted to another dtype (itself when it already is). A GPU's go by way of the
  // processor.
  Tensor to(DType dtype) const;
  // The elements in row-major order on another device (itself when they already live there).
  // Errors: the device was not opened.
  Tensor to(Device device) const;
  // The elements in row-major order (itself when they already are).
  Tensor dense() const;
  // The elements of an [N,H,W,C] tensor in another layout (itself when they already are).
  Tensor in_layout(Layout layout) const;
  // A row-major copy that shares nothing.
  Tensor clone() const;

  const Storage& storage() const { return *storage_; }

 private:
  void check_type(DType asked) const;
  void check_on_processor() const {
    if (device_ != Device::cpu) fail_on_gpu();
  }
  [[noreturn]] void fail_on_gpu() const;

  std::shared_ptr<Storage> storage_;
  std::size_t offset_ = 0;  // in bytes
  Shape shape_;
  DType dtype_ = DType::f32;
  Device device_ = Device::cpu;
  Layout layout_ = Layout::row_major;
};

// Joins tensors of equal dtype, device and trailing shape along the outermost axis.
Tensor concatenate(const std::vector<Tensor>& parts);

// Whether all elements are finite numbers (true for integer types).
bool all_finite(const Tensor& tensor);

}  // namespace backlight
