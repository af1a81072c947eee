// How torch.save pickles a tensor: a call of torch._utils._rebuild_tensor_v2 with a reference to a
// storage, whose bytes lie outside the pickle, and the shape and strides of a view of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/weights/elements.h"
#include "models/weights/pickle.h"

namespace backlight {

// A storage that the pickle refers to: ("storage", torch.FloatStorage, key, location, numel) and,
// in legacy files, perhaps (key of the view, offset, numel of the view).
struct StorageReference {
  std::string type_name;
  std::string key;
  std::int64_t numel = 0;
  std::int64_t view_offset = 0;
  std::int64_t view_numel = 0;
};

// A tensor that was not read yet.
struct TensorRecord {
  ElementType type = ElementType::f32;
  StorageReference storage;
  StridedView view;
};

// Errors name `where`, the file or the entry.
StorageReference parse_storage(const pickle::Persistent& persistent, const std::string& where);

// Bytes of an element of a storage type such as "torch.FloatStorage"; also for the types that
// become no tensor here. Errors: the type is unknown.
std::size_t element_size(const std::string& storage_type, const std::string& where);

// Whether a value is a pickled tensor or nn.Parameter, of any kind.
bool is_tensor(const pickle::Value& value);

// The record of a tensor or nn.Parameter. Errors, naming `entry`: it is no tensor, or a sparse,
// quantised or complex one; malformed.
TensorRecord parse_tensor(const pickle::Value& value, const std::string& entry);

}  // namespace backlight
