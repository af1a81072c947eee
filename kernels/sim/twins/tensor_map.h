// The twin of a TMA tensor map: its fields, under the rules of cuTensorMapEncodeTiled.
#pragma once

#include <cstddef>
#include <cstdint>

namespace backlight::sim {

// As opaque as the real one and no larger.
struct TensorMapFields {
  const std::byte* base;
  std::uint64_t sizes[5];    // elements, dimension 0 is contiguous
  std::uint64_t strides[5];  // bytes; [0] is the element's size
  std::uint16_t box[5];      // elements of the box in shared memory
  std::uint8_t steps[5];     // tensor elements from one to the next, 1 for all of them
  std::uint8_t rank;
  std::uint8_t span;  // bytes of a row that are swizzled together; 16 is none
  bool round_to_tf32;
};
static_assert(sizeof(TensorMapFields) <= 128);

// The map of elements of `element_bytes` with rank - 1 strides. Called on the host.
// Errors: what the driver's function refuses, with the rule.
TensorMapFields encode_tensor_map(const void* base, int element_bytes, bool round_to_tf32,
                                  unsigned span, int rank, const std::uint64_t* sizes,
                                  const std::uint64_t* strides, const std::uint32_t* box,
                                  const std::uint32_t* element_strides);

}  // namespace backlight::sim
