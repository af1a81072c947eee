// The operands of a block's product in shared memory, and a warp's fragments of them. Both layouts
// are free of bank conflicts.
#pragma once

#include "kernels/cuda/matrix/tile_shape.cuh"
#include "kernels/cuda/ptx/ldmatrix.h"

namespace backlight::kernels::BACKLIGHT_GPU {

inline constexpr int kDepth = 32;  // of a tile along k: TileShape::kK

// K-major: a row m (or n) of 32 contiguous k, its 16-byte chunks permuted; read by ldmatrix.
template <int kRows>
using KMajorTile = SharedTile<float, kRows, kDepth, Swizzle::bytes128>;

// MN-major: a row k of contiguous m (or n). The 8 floats of padding put the four k that a fragment
// reads at once 8 banks apart; read by plain loads, since ldmatrix transposes 16-bit elements only.
template <int kColumns>
struct MnMajorTile {
  static_assert(kColumns % 16 == 0, "four padded rows of these columns would share banks");
  static constexpr int kStride = kColumns + 8;
  static constexpr unsigned kBytes = kDepth * kStride * sizeof(float);

  float* data;

  __device__ __forceinline__ float* at(int k, int column) const {
    return data + k * kStride + column;
  }
};

// How many columns of B, or rows of A, a fragment holds.
template <typename Fragment>
inline constexpr int kExtent = 8;
template <>
inline constexpr int kExtent<FragmentA<float>> = 16;

// How many fragments one instruction loads from a K-major tile.
template <typename Fragment>
inline constexpr int kNeighbours = 2;
template <>
inline constexpr int kNeighbours<FragmentA<float>> = 1;

// Neighbouring fragments, from row m (or column n) on, for k .. k + 7.
template <int kRows>
__device__ __forceinline__ void load_neighbours(FragmentA<float> (&a)[1], KMajorTile<kRows> tile,
                                                int m, int k) {
  load_fragment(a[0], tile, m, k);
}

template <int kCount, int kRows>
__device__ __forceinline__ void load_neighbours(FragmentB<float> (&b)[kCount],
                                                KMajorTile<kRows> tile, int n, int k) {
  if constexpr (kCount == 2) {
    load_fragments(b, tile, n, k);
  } else {
    const int lane = lane_id();
    ldmatrix(b[0].registers, tile.at(n + lane % 8, k + lane / 8 % 2 * 4));
  }
}

template <int kColumns>
__device__ __forceinline__ void load_neighbours(FragmentA<float> (&a)[1],
                                                MnMajorTile<kColumns> tile, int m, int k) {
  const float* corner = tile.at(k + lane_id() % 4, m + lane_id() / 4);
#pragma unroll
  for (int i = 0; i < 4; ++i)
    a[0].registers[i] = __float_as_uint(corner[i / 2 * 4 * tile.kStride + i % 2 * 8]);
}

template <int kCount, int kColumns>
__device__ __forceinline__ void load_neighbours(FragmentB<float> (&b)[kCount],
                                                MnMajorTile<kColumns> tile, int n, int k) {
  const float* corner = tile.at(k + lane_id() % 4, n + lane_id() / 4);
#pragma unroll
  for (int i = 0; i < kCount; ++i)
#pragma unroll
    for (int j = 0; j < 2; ++j)
      b[i].registers[j] = __float_as_uint(corner[j * 4 * tile.kStride + 8 * i]);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
