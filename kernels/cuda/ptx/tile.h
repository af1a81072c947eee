// A matrix tile in shared memory: where its elements lie, and how 16-byte chunks are permuted so
// that eight rows at one column fall into different banks. TMA, wgmma, ldmatrix and plain loops
// agree on this one layout. PTX ISA: "Tensor Swizzling Modes" and "Shared Memory Matrix Layout".
#pragma once

#include <cstdint>

#include "kernels/cuda/gpu.h"
#ifndef __CUDACC__
#include "kernels/sim/engine.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// How many bytes of a row take part in the permutation.
enum class Swizzle : std::uint32_t { none, bytes32, bytes64, bytes128 };

// The width of a block of columns: the bytes of a row that lie side by side.
__host__ __device__ constexpr unsigned span(Swizzle swizzle) {
  return 16u << static_cast<unsigned>(swizzle);
}

// The permutation as the hardware does it, on the bits of the shared memory address: the number of
// the 16-byte chunk (bits 4-6 for 128 bytes, 4-5 for 64, 4 for 32) is XORed with the number of the
// 128-byte line (the same count of bits, from bit 7 up). It repeats every 8 span(swizzle) bytes.
//
//     address bit   9 8 7   6 5 4   3 2 1 0
//                   |_|_|____^ ^ ^
__host__ __device__ constexpr unsigned swizzled(Swizzle swizzle, unsigned address) {
  return address ^ ((address >> 7 & (span(swizzle) / 16 - 1)) << 4);
}

// kRows x kColumns elements, rows along M or N (or whatever is not contiguous), columns contiguous.
// Columns are cut into blocks of span(kSwizzle) bytes; a block holds all rows, one after another:
//
//     address = block * kRows * span + row * span + byte in the block, then the swizzle
//
// Without a swizzle a block is 16 bytes wide: 8 rows of it are wgmma's 8 x 16 byte core matrix.
template <typename T, int kTileRows, int kTileColumns, Swizzle kTileSwizzle>
struct SharedTile {
  static_assert(sizeof(T) == 2 || sizeof(T) == 4, "tiles hold 16-bit or 32-bit elements");
  static_assert(kTileRows > 0 && kTileRows % 8 == 0, "a tile has a multiple of 8 rows");
  static_assert(kTileColumns > 0 && kTileColumns * sizeof(T) % span(kTileSwizzle) == 0,
                "a row of a tile is a multiple of the swizzle's span");

  using Element = T;
  static constexpr int kRows = kTileRows;
  static constexpr int kColumns = kTileColumns;
  static constexpr Swizzle kSwizzle = kTileSwizzle;
  static constexpr int kBlockColumns = static_cast<int>(span(kTileSwizzle) / sizeof(T));
  static constexpr unsigned kBytes = kRows * kColumns * sizeof(T);
  static constexpr unsigned kBlockBytes = kRows * span(kSwizzle);
  // Where the permutation starts over; TMA wants 128 bytes in any case.
  static constexpr unsigned kAlignment = 8 * span(kSwizzle) < 128 ? 128 : 8 * span(kSwizzle);

  T* data;

  // Bytes from `data` to an element before the swizzle: what a wgmma descriptor starts from.
  __host__ __device__ static constexpr unsigned linear_offset(int row, int column) {
    const unsigned byte = static_cast<unsigned>(column) * sizeof(T);
    return byte / span(kSwizzle) * kBlockBytes + static_cast<unsigned>(row) * span(kSwizzle) +
           byte % span(kSwizzle);
  }

  // Bytes from `data`, which is aligned to kAlignment, to an element.
  __host__ __device__ static constexpr unsigned offset(int row, int column) {
    return swizzled(kSwizzle, linear_offset(row, column));
  }

  __device__ __forceinline__ T* at(int row, int column) const {
    return reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(data) + offset(row, column));
  }

  // Rows first_row .. first_row + kPartRows of one block of columns, a tile of its own: what one
  // TMA box fills. first_row is a multiple of 8.
  template <int kPartRows>
  __device__ __forceinline__ SharedTile<T, kPartRows, kBlockColumns, kSwizzle> part(
      int first_row, int block) const {
    static_assert(kPartRows <= kRows, "a part has no more rows than its tile");
    return {reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(data) +
                                 linear_offset(first_row, block * kBlockColumns))};
  }
};

// This thread's lane in its warp, whatever the block's shape.
__device__ __forceinline__ int lane_id() {
#ifdef __CUDACC__
  int lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  return lane;
#else
  return static_cast<int>(backlight::sim::lane());
#endif
}

// The 32-bit address of something in shared memory, as PTX instructions take it.
__device__ __forceinline__ std::uint32_t shared_address(const void* pointer) {
#ifdef __CUDACC__
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
#else
  return backlight::sim::shared_offset(pointer);
#endif
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
