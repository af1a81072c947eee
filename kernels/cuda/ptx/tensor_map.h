// Describes a tensor in global memory and the box of it that one TMA instruction moves (sm_90).
// CUDA driver API: cuTensorMapEncodeTiled; PTX ISA: "Tensors", "Tensor Swizzling Modes".
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "kernels/cuda/ptx/tile.h"
#include "tensor/error.h"
#ifdef __CUDACC__
#include <cuda.h>
#else
#include "kernels/sim/twins/tensor_map.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// A tensor map, made on the host and passed to the kernel by value:
//     __global__ void kernel(const __grid_constant__ TensorMap<float, 4, Swizzle::bytes128> map)
template <typename T, int kTensorRank, Swizzle kBoxSwizzle>
struct alignas(128) TensorMap {
  static_assert(kTensorRank >= 2 && kTensorRank <= 5, "tensor maps have 2 to 5 dimensions");
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, __nv_bfloat16>,
                "tensor maps hold float or __nv_bfloat16");
  static constexpr int kRank = kTensorRank;
#ifdef __CUDACC__
  CUtensorMap opaque;
#else
  backlight::sim::TensorMapFields opaque;
#endif
};

// Dimension 0 is the contiguous one: C, W, H, N of a channels-last activation.
template <int kRank>
struct TensorBox {
  std::array<std::uint64_t, kRank> sizes;        // of the tensor, in elements, up to 2^32
  std::array<std::uint64_t, kRank - 1> strides;  // bytes to the next element along dimension 1, 2,
                                                 // ...: multiples of 16 below 2^40
  std::array<std::uint32_t, kRank> box;          // elements of the box, 1 .. 256
  // The box takes every element_strides[d]-th element (1 .. 8) and then holds
  // ceil(box[d] / element_strides[d]) of them. Not used for dimension 0.
  std::array<std::uint32_t, kRank> element_strides = [] {
    std::array<std::uint32_t, kRank> ones;
    ones.fill(1);
    return ones;
  }();
  // Rounds floats to TF32 (to nearest, ties to even) as it loads them.
  bool round_to_tf32 = false;
};

// The map of a tensor whose first element is at `base`, a multiple of 16. A row of the box
// (box[0] elements) is a multiple of 16 bytes; with a swizzle it is exactly span(kSwizzle) bytes.
// Elements outside the tensor are loaded as 0 and not stored.
// Errors: what the driver refuses.
template <Swizzle kSwizzle, typename T, int kRank>
TensorMap<T, kRank, kSwizzle> tensor_map(const T* base, const TensorBox<kRank>& shape) {
  require(kSwizzle == Swizzle::none || shape.box[0] * sizeof(T) == span(kSwizzle),
          "tensor_map: a row of the box is ", shape.box[0] * sizeof(T),
          " bytes; with this swizzle it must be ", span(kSwizzle));
  require(!shape.round_to_tf32 || sizeof(T) == 4, "tensor_map: only floats can be rounded to TF32");
  TensorMap<T, kRank, kSwizzle> map;
#ifdef __CUDACC__
  using Encode = decltype(&cuTensorMapEncodeTiled);
  void* encode = nullptr;
  cudaDriverEntryPointQueryResult found;
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &encode,
                                                             12000, cudaEnableDefault, &found);
  require(error == cudaSuccess && found == cudaDriverEntryPointSuccess,
          "tensor_map: this CUDA driver has no cuTensorMapEncodeTiled; install one for CUDA 12");
  const CUtensorMapDataType type = sizeof(T) == 2        ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                   : shape.round_to_tf32 ? CU_TENSOR_MAP_DATA_TYPE_TFLOAT32
                                                         : CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
  const CUresult result = reinterpret_cast<Encode>(encode)(
      &map.opaque, type, kRank, const_cast<T*>(base), shape.sizes.data(), shape.strides.data(),
      shape.box.data(), shape.element_strides.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
      static_cast<CUtensorMapSwizzle>(kSwizzle), CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  require(result == CUDA_SUCCESS, "tensor_map: the driver refuses this tensor or box (error ",
          static_cast<int>(result), "); the simulator says which rule it breaks");
#else
  map.opaque = backlight::sim::encode_tensor_map(
      base, static_cast<int>(sizeof(T)), shape.round_to_tf32, span(kSwizzle), kRank,
      shape.sizes.data(), shape.strides.data(), shape.box.data(), shape.element_strides.data());
#endif
  return map;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
