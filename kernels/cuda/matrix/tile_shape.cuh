// The shape of the tile of a matrix product that one block computes, and how its warps share it.
#pragma once

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// kM x kN elements of D = A B, computed kK at a time along k. kK floats are 128 bytes: a line of
// memory, and the span of the shared tiles' swizzle. kStages such steps are in shared memory at a
// time: one being multiplied, the others on their way.
//
//          kN columns
//      +------+------+      kWarpsM x kWarpsN warps, each with kFragmentsM x kFragmentsN
//   kM | warp | warp |      products of 16 x 8, the tensor cores' own size
//      |  0   |  1   |
//      +------+------+
//      |  2   |  3   |
//      +------+------+
//
// The order in which an element's products are added does not depend on the shape: tiles of any
// shape give an element the same bytes.
template <int kRows, int kColumns, int kWarpRows, int kWarpColumns, int kPipelineStages>
struct TileShape {
  static constexpr int kM = kRows, kN = kColumns, kK = 32;
  static constexpr int kWarpsM = kWarpRows, kWarpsN = kWarpColumns;
  static constexpr int kStages = kPipelineStages;
  static constexpr int kThreads = 32 * kWarpsM * kWarpsN;
  static constexpr int kWarpM = kM / kWarpsM, kWarpN = kN / kWarpsN;
  static constexpr int kFragmentsM = kWarpM / 16, kFragmentsN = kWarpN / 8;
  static_assert(kFragmentsM * 16 * kWarpsM == kM, "the warps do not share the rows in sixteens");
  static_assert(kFragmentsN * 8 * kWarpsN == kN, "the warps do not share the columns in eights");
  static_assert(kStages >= 2, "with one stage nothing is loaded while another is multiplied");

  // Where the running thread's warp begins in the tile.
  __device__ static int warp_row() { return static_cast<int>(threadIdx.x) / 32 / kWarpsN * kWarpM; }
  __device__ static int warp_column() {
    return static_cast<int>(threadIdx.x) / 32 % kWarpsN * kWarpN;
  }
};

using Tile128x128 = TileShape<128, 128, 2, 4, 3>;
using Tile128x64 = TileShape<128, 64, 4, 2, 4>;
using Tile128x32 = TileShape<128, 32, 4, 2, 4>;
using Tile128x16 = TileShape<128, 16, 8, 1, 4>;
using Tile128x8 = TileShape<128, 8, 8, 1, 4>;
using Tile64x64 = TileShape<64, 64, 2, 2, 4>;

// How many tiles of `size` cover `extent`.
__host__ __device__ constexpr int tiles_over(int extent, int size) {
  return (extent + size - 1) / size;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
