#include "kernels/vendor/cudnn.h"

#include <algorithm>

namespace backlight::kernels::vendor {
namespace {
constexpr std::size_t kLongestMessage = 1024;
}

void check(cudnnStatus_t status, const std::string& what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char message[kLongestMessage] = "";
  CUDNN_FUNCTION(cudnnGetLastErrorString)(message, sizeof message);
  fail("cuDNN could not ", what, ": ", CUDNN_FUNCTION(cudnnGetErrorString)(status),
       message[0] ? str(" (", message, ")") : "");
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  check(CUDNN_FUNCTION(cudnnBackendCreateDescriptor)(type, &raw_), "make a descriptor");
}

Descriptor::~Descriptor() {
  if (raw_) (void)CUDNN_FUNCTION(cudnnBackendDestroyDescriptor)(raw_);
}

Descriptor& Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                std::size_t count, const void* values) {
  check(CUDNN_FUNCTION(cudnnBackendSetAttribute)(raw_, name, type, static_cast<std::int64_t>(count),
                                                 values),
        str("set attribute ", static_cast<int>(name)));
  return *this;
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name,
                            const std::vector<const Descriptor*>& others) {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor* other : others) raw.push_back(other->raw_);
  return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, raw.size(), raw.data());
}

Descriptor& Descriptor::finalize(const std::string& what) {
  check(CUDNN_FUNCTION(cudnnBackendFinalize)(raw_), "describe " + what);
  return *this;
}

std::int64_t Descriptor::integer(cudnnBackendAttributeName_t name) const {
  std::int64_t value = 0, count = 0;
  check(CUDNN_FUNCTION(cudnnBackendGetAttribute)(raw_, name, CUDNN_TYPE_INT64, 1, &count, &value),
        str("read attribute ", static_cast<int>(name)));
  return value;
}

Descriptor Descriptor::part(cudnnBackendAttributeName_t name,
                            cudnnBackendDescriptorType_t type) const {
  Descriptor found(type);
  std::int64_t count = 0;
  check(CUDNN_FUNCTION(cudnnBackendGetAttribute)(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                                 &count, &found.raw_),
        str("read attribute ", static_cast<int>(name)));
  return found;
}

std::vector<Descriptor> Descriptor::parts(cudnnBackendAttributeName_t name,
                                          cudnnBackendDescriptorType_t type) const {
  std::int64_t count = 0;
  check(CUDNN_FUNCTION(cudnnBackendGetAttribute)(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0,
                                                 &count, nullptr),
        str("count attribute ", static_cast<int>(name)));
  std::vector<Descriptor> found;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (std::int64_t i = 0; i < count; ++i) raw.push_back(found.emplace_back(type).raw_);
  check(CUDNN_FUNCTION(cudnnBackendGetAttribute)(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, count,
                                                 &count, raw.data()),
        str("read attribute ", static_cast<int>(name)));
  found.erase(found.begin() + count, found.end());  // it may fill fewer than it counted
  return found;
}

bool Descriptor::has_note(cudnnBackendNumericalNote_t note) const {
  cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
  std::int64_t count = 0;
  check(CUDNN_FUNCTION(cudnnBackendGetAttribute)(raw_, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                 CUDNN_TYPE_NUMERICAL_NOTE,
                                                 CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes),
        "read an engine's notes");
  return std::find(notes, notes + count, note) != notes + count;
}

}  // namespace backlight::kernels::vendor
