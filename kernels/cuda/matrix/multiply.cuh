// A block's matrix product: operands come through shared memory in a pipeline, the tensor cores
// multiply them.
//
// An operand comes from a source: an object of each thread that knows the thread's part in copying.
//     Shared         the layout in shared memory, KMajorTile or MnMajorTile
//     load(Shared)   starts the thread's copies of the next 32 columns of k
// Sources: matrix_source.cuh, and the patches of a convolution in ../conv2d_patches.cuh.
#pragma once

#include "kernels/cuda/matrix/arithmetic.cuh"
#include "kernels/cuda/matrix/shared_operand.cuh"
#include "kernels/cuda/ptx/cp_async.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// A warp's share of a block's product.
template <typename Tile>
struct Product {
  FragmentD at[Tile::kFragmentsM][Tile::kFragmentsN] = {};

  __device__ __forceinline__ void operator+=(const Product& other) {
#pragma unroll
    for (int m = 0; m < Tile::kFragmentsM; ++m)
#pragma unroll
      for (int n = 0; n < Tile::kFragmentsN; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) at[m][n].values[i] += other.at[m][n].values[i];
  }
};

// The operands of one step along k for the rows (or columns) from `first` on.
template <typename Arithmetic, typename Fragment, typename Operand, int kCount, typename Shared>
__device__ __forceinline__ void load_operands(Operand (&operands)[kCount], Shared tile, int first,
                                              int k) {
  constexpr int kAtATime = kCount % kNeighbours<Fragment> == 0 ? kNeighbours<Fragment> : 1;
#pragma unroll
  for (int i = 0; i < kCount; i += kAtATime) {
    Fragment low[kAtATime], high[kAtATime];
    load_neighbours(low, tile, first + i * kExtent<Fragment>, k);
    if constexpr (Arithmetic::kStep == 16)
      load_neighbours(high, tile, first + i * kExtent<Fragment>, k + 8);
#pragma unroll
    for (int j = 0; j < kAtATime; ++j) {
      if constexpr (Arithmetic::kStep == 16)
        operands[i + j] = Arithmetic::convert(low[j], high[j]);
      else
        operands[i + j] = Arithmetic::convert(low[j]);
    }
  }
}

// product += A B, for the 32 columns of k in shared memory.
template <typename Tile, typename Arithmetic, typename SharedA, typename SharedB>
__device__ __forceinline__ void multiply_stage(Product<Tile>& product, SharedA a, SharedB b) {
#pragma unroll
  for (int k = 0; k < Tile::kK; k += Arithmetic::kStep) {
    typename Arithmetic::A rows[Tile::kFragmentsM];
    typename Arithmetic::B columns[Tile::kFragmentsN];
    load_operands<Arithmetic, FragmentA<float>>(rows, a, Tile::warp_row(), k);
    load_operands<Arithmetic, FragmentB<float>>(columns, b, Tile::warp_column(), k);
    Arithmetic::multiply(product.at, rows, columns);
  }
}

// product += A B over `steps` steps of 32 columns of k. All threads of the block take part; when it
// returns, `shared` (kPipelineBytes) may be used for something else.
template <typename Arithmetic, typename Tile, typename SourceA, typename SourceB>
__device__ __forceinline__ void multiply(Product<Tile>& product, SourceA& a, SourceB& b, int steps,
                                         unsigned char* shared) {
  using SharedA = typename SourceA::Shared;
  using SharedB = typename SourceB::Shared;
  const auto stage_a = [&](int stage) {
    return SharedA{reinterpret_cast<float*>(shared + stage * (SharedA::kBytes + SharedB::kBytes))};
  };
  const auto stage_b = [&](int stage) {
    return SharedB{stage_a(stage).data + SharedA::kBytes / sizeof(float)};
  };
  int stage = 0;  // the next one to fill
  const auto load = [&](bool is_a_step) {
    if (is_a_step) {
      a.load(stage_a(stage));
      b.load(stage_b(stage));
    }
    stage = stage + 1 == Tile::kStages ? 0 : stage + 1;
    cp_async_commit();  // an empty group behind the last step: the wait below counts groups
  };

  for (int step = 0; step < Tile::kStages - 1; ++step) load(step < steps);
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<Tile::kStages - 2>();
    __syncthreads();  // this step has arrived for all, and the one before is used up:
    load(step + Tile::kStages - 1 < steps);  // its stage takes another, and the oldest is next
    if constexpr (Arithmetic::kSumsApart) {
      Product<Tile> part;
      multiply_stage<Tile, Arithmetic>(part, stage_a(stage), stage_b(stage));
      product += part;
    } else {
      multiply_stage<Tile, Arithmetic>(product, stage_a(stage), stage_b(stage));
    }
  }
  __syncthreads();
}

// How many blocks a multiprocessor should have registers for: two, so that one multiplies while the
// other begins or ends, unless the sums alone take 64 registers of each thread.
template <typename Tile, typename Arithmetic>
inline constexpr int kBlocks =
    Tile::kM* Tile::kN / Tile::kThreads*(Arithmetic::kSumsApart ? 2 : 1) < 64 ? 2 : 1;

// What multiply() needs of shared memory.
template <typename Tile, typename SourceA, typename SourceB>
inline constexpr unsigned kPipelineBytes =
    (SourceA::Shared::kBytes + SourceB::Shared::kBytes) * Tile::kStages;

}  // namespace backlight::kernels::BACKLIGHT_GPU
