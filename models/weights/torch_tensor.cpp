#include "models/weights/torch_tensor.h"

#include <array>
#include <string_view>

#include "tensor/error.h"

namespace backlight {
namespace {

using pickle::Object;
using pickle::Tuple;
using pickle::Value;

struct NamedType {
  std::string_view storage;  // as in torch.FloatStorage
  std::string_view dtype;    // as in torch.float32
  std::size_t size;
  std::optional<ElementType> type;  // none: such tensors are not read
};

constexpr std::array kTypes = {
    NamedType{"DoubleStorage", "float64", 8, ElementType::f64},
    NamedType{"FloatStorage", "float32", 4, ElementType::f32},
    NamedType{"HalfStorage", "float16", 2, ElementType::f16},
    NamedType{"BFloat16Storage", "bfloat16", 2, ElementType::bf16},
    NamedType{"LongStorage", "int64", 8, ElementType::i64},
    NamedType{"IntStorage", "int32", 4, ElementType::i32},
    NamedType{"ShortStorage", "int16", 2, ElementType::i16},
    NamedType{"CharStorage", "int8", 1, ElementType::i8},
    NamedType{"ByteStorage", "uint8", 1, ElementType::u8},
    NamedType{"BoolStorage", "bool", 1, ElementType::boolean},
    NamedType{"ComplexFloatStorage", "complex64", 8, std::nullopt},
    NamedType{"ComplexDoubleStorage", "complex128", 16, std::nullopt},
    NamedType{"QInt8Storage", "qint8", 1, std::nullopt},
    NamedType{"QUInt8Storage", "quint8", 1, std::nullopt},
    NamedType{"QInt32Storage", "qint32", 4, std::nullopt},
    // A storage whose dtype the tensor names itself; it counts in bytes.
    NamedType{"UntypedStorage", "untyped", 1, ElementType::u8},
};

// The row of a name such as torch.FloatStorage, torch.cuda.FloatStorage or torch.float32.
const NamedType* find_type(std::string_view name) {
  const std::string_view member = name.substr(name.rfind('.') + 1);
  for (const NamedType& type : kTypes)
    if (member == type.storage || member == type.dtype) return &type;
  return nullptr;
}

// Element `index` of a tuple, if it is there and of this type.
template <typename T>
const T* item(const Tuple& tuple, std::size_t index) {
  return index < tuple.items.size() ? tuple.items[index]->as<T>() : nullptr;
}

// Shapes, strides: a tuple (long ago a list) of integers.
std::vector<std::int64_t> integers(const Tuple& arguments, std::size_t index,
                                   const std::string& entry) {
  const Tuple* const tuple = item<Tuple>(arguments, index);
  const pickle::List* const list = item<pickle::List>(arguments, index);
  require(tuple || list, entry, " has a malformed shape");
  std::vector<std::int64_t> out;
  for (const Value* const value : tuple ? tuple->items : list->items) {
    const std::int64_t* const integer = value->as<std::int64_t>();
    require(integer != nullptr, entry, " has a malformed shape");
    out.push_back(*integer);
  }
  return out;
}

struct Call {
  std::string_view function;
  const Tuple* arguments = nullptr;
};

// The call that rebuilds a tensor, without the few calls around it that make it an nn.Parameter or
// give it attributes. No call: the value is something else.
Call rebuild_call(const Value& value) {
  constexpr int kMostCallsAround = 4;
  const Object* object = value.as<Object>();
  for (int around = 0; object && around <= kMostCallsAround; ++around) {
    std::string_view function = object->callable->name;
    const Tuple* arguments = object->arguments;
    if (function == "torch._tensor._rebuild_from_type_v2") {
      const auto* const wrapped = item<pickle::Global>(*arguments, 0);
      arguments = item<Tuple>(*arguments, 2);
      if (!wrapped || !arguments) return {};
      function = wrapped->name;
    }
    if (!function.starts_with("torch._utils._rebuild_parameter")) return {function, arguments};
    object = item<Object>(*arguments, 0);
  }
  return {};
}

}  // namespace

StorageReference parse_storage(const pickle::Persistent& persistent, const std::string& where) {
  const Tuple* const id = persistent.id->as<Tuple>();
  require(id != nullptr, where, " refers to something outside the file that is not a storage");
  const auto* const kind = item<std::string>(*id, 0);
  const auto* const type = item<pickle::Global>(*id, 1);
  const auto* const key = item<std::string>(*id, 2);
  const auto* const numel = item<std::int64_t>(*id, 4);
  require(kind && *kind == "storage" && type && key && numel && *numel >= 0, where,
          " has a malformed reference to a storage");
  StorageReference out{type->name, *key, *numel, 0, *numel};
  if (const Tuple* const view = item<Tuple>(*id, 5)) {
    const auto* const offset = item<std::int64_t>(*view, 1);
    const auto* const size = item<std::int64_t>(*view, 2);
    require(offset && size && *offset >= 0 && *offset <= *numel && *size >= 0 &&
                *size <= *numel - *offset,
            where, " has a view that reaches beyond its storage");
    out.view_offset = *offset;
    out.view_numel = *size;
  }
  return out;
}

std::size_t element_size(const std::string& storage_type, const std::string& where) {
  const NamedType* const type = find_type(storage_type);
  require(type != nullptr, where, " has a storage of unknown type ", printable(storage_type));
  return type->size;
}

bool is_tensor(const Value& value) {
  return rebuild_call(value).function.starts_with("torch._utils._rebuild_");
}

TensorRecord parse_tensor(const Value& value, const std::string& entry) {
  const auto [function, arguments] = rebuild_call(value);
  const bool has_dtype = function == "torch._utils._rebuild_tensor_v3";
  require(!function.empty(), entry, " is not a tensor");
  require(has_dtype || function == "torch._utils._rebuild_tensor_v2" ||
              function == "torch._utils._rebuild_tensor",
          entry, " is not a plain dense tensor (it comes from ", printable(function),
          "); save it again as one");
  const auto* const storage = item<pickle::Persistent>(*arguments, 0);
  const auto* const offset = item<std::int64_t>(*arguments, 1);
  require(storage && offset, entry, " is a malformed tensor");
  TensorRecord out;
  out.storage = parse_storage(*storage, entry);
  const auto* const dtype = item<pickle::Global>(*arguments, 6);
  require(!has_dtype || dtype, entry, " is a malformed tensor");
  const std::string& type_name = has_dtype ? dtype->name : out.storage.type_name;
  const NamedType* const type = find_type(type_name);
  require(type && type->type, entry, " holds elements of type ", printable(type_name),
          "; floating-point numbers, integers and booleans are read");
  out.type = *type->type;
  // PyTorch notes here that a tensor is to be read negated or conjugated.
  const auto* const metadata = item<pickle::Dict>(*arguments, has_dtype ? 7 : 6);
  require(!metadata || metadata->items.empty(), entry,
          " is a negated or conjugated view; save it again after .resolve_neg()");
  out.view = {*offset, integers(*arguments, 2, entry), integers(*arguments, 3, entry)};
  return out;
}

}  // namespace backlight
