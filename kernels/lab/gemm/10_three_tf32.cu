// GEMM 10: as exact as float32, on tensor cores that cannot do float32.
//
// A float is the sum of two TF32 numbers, x = big + small, to 22 of its 24 bits. Then
//
//     x y = big big' + big small' + small big' + (small small', too little to matter)
//
// and three products on the tensor cores give what one on the fp32 units would: "3xTF32". It is a
// branch of the way: slower than rung 9, by up to three times, but tensor cores have more than
// three times the fp32 units' speed to spend. This is what --precision fp32 means on a GPU.
//
// Look at: mma, three times as many, everything else as in rung 9. The error is rung 7's again.
// Next: back to TF32, and to Hopper, whose copies and products need hardly a thread.
#include "kernels/lab/gemm/warp_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kTile = WarpProduct::kTile, kDepth = WarpProduct::kDepth, kStages = 3;
constexpr unsigned kSharedBytes = 2 * kStages * WarpProduct::Tile::kBytes;

// Replaces a fragment's numbers by their big parts, and gives the small ones.
template <typename Fragment>
__device__ __forceinline__ Fragment split(Fragment& fragment) {
  Fragment small;
  constexpr int kRegisters = sizeof(fragment.registers) / sizeof(fragment.registers[0]);
#pragma unroll
  for (int i = 0; i < kRegisters; ++i) {
    const Tf32Pair pair = split_tf32(__uint_as_float(fragment.registers[i]));
    fragment.registers[i] = __float_as_uint(pair.big);
    small.registers[i] = __float_as_uint(pair.small);
  }
  return small;
}

struct ExactProduct : WarpProduct {
  // sums += a b^T. The small products go first, so that they are not lost beside the big ones.
  __device__ __forceinline__ void add(Tile a, Tile b) {
#pragma unroll
    for (int k = 0; k < kDepth; k += 8) {
      FragmentB<float> right[2][2], right_small[2][2];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (j % 2 == 0) load_fragments(right[j / 2], b, first_column + 8 * j, k);
        right_small[j / 2][j % 2] = split(right[j / 2][j % 2]);
      }
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        FragmentA<float> left;
        load_fragment(left, a, first_row + 16 * i, k);
        const FragmentA<float> left_small = split(left);
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          mma(sums[i][j], left_small, right[j / 2][j % 2]);
          mma(sums[i][j], left, right_small[j / 2][j % 2]);
          mma(sums[i][j], left, right[j / 2][j % 2]);
        }
      }
    }
  }
};

__global__ void __launch_bounds__(WarpProduct::kThreads) gemm_three_tf32_kernel(Gemm p) {
  DYNAMIC_SHARED(memory);
  const auto tile = [&](int i) {
    return WarpProduct::Tile{reinterpret_cast<float*>(memory + i * WarpProduct::Tile::kBytes)};
  };
  const float* const rows_a = p.a + blockIdx.y * kTile * p.k;
  const float* const rows_b = p.b_transposed + blockIdx.x * kTile * p.k;
  const int steps = p.k / kDepth;
  const auto copy = [&](int step) {
    if (step < steps) {
      copy_tile(tile(step % kStages), rows_a + step * kDepth, p.k);
      copy_tile(tile(kStages + step % kStages), rows_b + step * kDepth, p.k);
    }
    cp_async_commit();
  };

  ExactProduct product;
  for (int step = 0; step < kStages - 1; ++step) copy(step);
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    copy(step + kStages - 1);
    product.add(tile(step % kStages), tile(kStages + step % kStages));
  }
  product.store(p.c + blockIdx.y * kTile * p.n + blockIdx.x * kTile, p.n);
}

}  // namespace

void gemm_three_tf32(const Gemm& p) {
  require_tiles(p, kTile, kTile, kDepth);
  launch(described("gemm_three_tf32", dim3(p.n / kTile, p.m / kTile), dim3(WarpProduct::kThreads),
                   p, kSharedBytes),
         gemm_three_tf32_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
