#include "kernels/sim/twins/tensor_map.h"

#include "tensor/error.h"

namespace backlight::sim {

// The rules are those of the CUDA driver API's cuTensorMapEncodeTiled, for
// CU_TENSOR_MAP_INTERLEAVE_NONE.
TensorMapFields encode_tensor_map(const void* base, int element_bytes, bool round_to_tf32,
                                  unsigned span, int rank, const std::uint64_t* sizes,
                                  const std::uint64_t* strides, const std::uint32_t* box,
                                  const std::uint32_t* element_strides) {
  const auto element = static_cast<unsigned>(element_bytes);
  require(base != nullptr && reinterpret_cast<std::uintptr_t>(base) % 16 == 0,
          "tensor map: the tensor does not start at a multiple of 16 bytes");
  TensorMapFields map = {};
  map.base = static_cast<const std::byte*>(base);
  map.rank = static_cast<std::uint8_t>(rank);
  map.span = static_cast<std::uint8_t>(span);
  map.round_to_tf32 = round_to_tf32;
  for (int d = 0; d < rank; ++d) {
    const std::uint64_t stride = d == 0 ? element : strides[d - 1];
    require(sizes[d] >= 1 && sizes[d] <= std::uint64_t{1} << 32, "tensor map: dimension ", d,
            " has ", sizes[d], " elements; 1 .. 2^32 are allowed");
    require(d == 0 || (stride % 16 == 0 && stride < std::uint64_t{1} << 40),
            "tensor map: the stride of dimension ", d, " is ", stride,
            " bytes; it must be a multiple of 16 below 2^40");
    require(box[d] >= 1 && box[d] <= 256, "tensor map: the box has ", box[d],
            " elements along dimension ", d, "; 1 .. 256 are allowed");
    require(element_strides[d] >= 1 && element_strides[d] <= 8, "tensor map: the element stride ",
            element_strides[d], " of dimension ", d, " is not in 1 .. 8");
    const std::uint32_t step = d == 0 ? 1 : element_strides[d];
    map.sizes[d] = sizes[d];
    map.strides[d] = stride;
    map.box[d] = static_cast<std::uint16_t>((box[d] + step - 1) / step);
    map.steps[d] = static_cast<std::uint8_t>(step);
  }
  require(box[0] * element % 16 == 0, "tensor map: a row of the box is ", box[0] * element,
          " bytes; it must be a multiple of 16");
  require(span == 16 || box[0] * element <= span, "tensor map: a row of the box is ",
          box[0] * element, " bytes, wider than the swizzle's ", span);
  return map;
}

}  // namespace backlight::sim
