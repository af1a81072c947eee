// cuDNN's graph interface in C++: descriptors that free themselves, and errors that carry cuDNN's
// own explanation. NVIDIA, "cuDNN API Reference", libcudnn_graph.
#pragma once

#include <cudnn.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/vendor/library.h"
#include "tensor/error.h"

namespace backlight::kernels::vendor {

// Errors: what was attempted, cuDNN's status and its last message.
void check(cudnnStatus_t status, const std::string& what);

// One descriptor. Values are set by their C++ type; then it is finalized, and from there on only
// read.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }

  template <typename T>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    return set_raw(name, type_of(T{}), values.size(), values.data());
  }
  template <typename T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    return set_raw(name, type_of(value), 1, &value);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& other) {
    return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &other.raw_);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::string& text) {
    return set_raw(name, CUDNN_TYPE_CHAR, text.size() + 1, text.c_str());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<const Descriptor*>& others);

  // Errors: what cuDNN has against the values; `what` names the thing described.
  Descriptor& finalize(const std::string& what);
  // The same for what may be out of this GPU's reach: whether it succeeded.
  bool try_finalize() { return CUDNN_FUNCTION(cudnnBackendFinalize)(raw_) == CUDNN_STATUS_SUCCESS; }

  std::int64_t integer(cudnnBackendAttributeName_t name) const;
  // A descriptor within this one.
  Descriptor part(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type) const;
  std::vector<Descriptor> parts(cudnnBackendAttributeName_t name,
                                cudnnBackendDescriptorType_t type) const;
  bool has_note(cudnnBackendNumericalNote_t note) const;  // of an engine

  cudnnBackendDescriptor_t raw() const { return raw_; }

 private:
  static cudnnBackendAttributeType_t type_of(std::int64_t) { return CUDNN_TYPE_INT64; }
  static cudnnBackendAttributeType_t type_of(bool) { return CUDNN_TYPE_BOOLEAN; }
  static cudnnBackendAttributeType_t type_of(float) { return CUDNN_TYPE_FLOAT; }
  static cudnnBackendAttributeType_t type_of(double) { return CUDNN_TYPE_DOUBLE; }
  static cudnnBackendAttributeType_t type_of(void*) { return CUDNN_TYPE_VOID_PTR; }
  static cudnnBackendAttributeType_t type_of(cudnnHandle_t) { return CUDNN_TYPE_HANDLE; }
  static cudnnBackendAttributeType_t type_of(cudnnDataType_t) { return CUDNN_TYPE_DATA_TYPE; }
  static cudnnBackendAttributeType_t type_of(cudnnBackendHeurMode_t) {
    return CUDNN_TYPE_HEUR_MODE;
  }
  static cudnnBackendAttributeType_t type_of(cudnnConvolutionMode_t) {
    return CUDNN_TYPE_CONVOLUTION_MODE;
  }
  static cudnnBackendAttributeType_t type_of(cudnnPointwiseMode_t) {
    return CUDNN_TYPE_POINTWISE_MODE;
  }

  Descriptor& set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                      std::size_t count, const void* values);

  cudnnBackendDescriptor_t raw_ = nullptr;
};

}  // namespace backlight::kernels::vendor
