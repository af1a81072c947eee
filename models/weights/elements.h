// The element types that weight files store, and how they become tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace backlight {

enum class ElementType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(ElementType type);

// Elements in a storage: element (i0, i1, ...) is number offset + i0 * strides[0] + ... of it.
struct StridedView {
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

// The view of a whole storage in row-major order. Errors: as check_view's, for the shape.
StridedView contiguous_view(std::vector<std::int64_t> shape, const std::string& entry);

// Checks that every element of the view lies within `storage_numel` elements. Errors name `entry`.
void check_view(const StridedView& view, std::int64_t storage_numel, const std::string& entry);

// The bytes that the elements of a checked view take as a tensor.
std::size_t decoded_size(ElementType type, const StridedView& view, bool keep_f64);

// Copies the elements of a checked view out of a storage into a tensor of their own, in row-major
// order: floating-point elements as float32 (float64 stays if keep_f64), others as int64. Errors:
// a NaN or an infinity, naming `entry`.
Tensor decode(ElementType type, std::span<const std::byte> storage, const StridedView& view,
              bool keep_f64, const std::string& entry);

// Text from a file made safe to print: control characters become '?', and long text is cut.
std::string printable(std::string_view text);

}  // namespace backlight
