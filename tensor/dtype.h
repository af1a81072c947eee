// Element types.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/error.h"

namespace backlight {

// f32 is what the program computes in; f64 is for gradient checks; the integers hold indices,
// labels and bits.
enum class DType : std::uint8_t { f32, f64, i32, i64, u8 };

inline std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32: return 4;
    case DType::f64:
    case DType::i64: return 8;
    case DType::u8: return 1;
  }
  fail("unknown dtype ", static_cast<int>(dtype));
}

inline const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return "float32";
    case DType::f64: return "float64";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::u8: return "uint8";
  }
  fail("unknown dtype ", static_cast<int>(dtype));
}

// The DType of a C++ element type.
template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::i32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::i64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}

// Calls f(T{}) with the C++ floating-point type of `dtype`; anything else is an Error that names
// `what`, the operation that wanted to compute.
template <typename F>
decltype(auto) dispatch_floating(DType dtype, const char* what, F&& f) {
  switch (dtype) {
    case DType::f32: return f(float{});
    case DType::f64: return f(double{});
    default: fail(what, " computes in float32 or float64, not ", name_of(dtype));
  }
}

}  // namespace backlight
