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
  Fragment low[kCount];
  load_warp(low, tile, first, k);
  if constexpr (Arithmetic::kStep == 8) {
#pragma unroll
    for (int i = 0; i < kCount; ++i) operands[i] = Arithmetic::convert(low[i]);
  } else {
    Fragment high[kCount];
    load_warp(high, tile, first, k + 8);
#pragma unroll
    for (int i = 0; i < kCount; ++i) operands[i] = Arithmetic::convert(low[i], high[i]);
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
  int loaded = 0, filling = 0, reading = 0;  // steps on their way, and the stages next in turn
  const auto load = [&] {
    if (loaded++ < steps) {
      a.load(stage_a(filling));
      b.load(stage_b(filling));
    }
    filling = filling + 1 == Tile::kStages ? 0 : filling + 1;
    cp_async_commit();  // an empty group behind the last step: the wait below counts groups
  };

  for (int i = 0; i < Tile::kStages - 1; ++i) load();
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    cp_async_wait<Tile::kStages - 2>();
    __syncthreads();  // this step has arrived for all, and all have used up the one before:
    load();           // its stage takes another
    if constexpr (Arithmetic::kSumsApart) {
      Product<Tile> part;
      multiply_stage<Tile, Arithmetic>(part, stage_a(reading), stage_b(reading));
      product += part;
    } else {
      multiply_stage<Tile, Arithmetic>(product, stage_a(reading), stage_b(reading));
    }
    reading = reading + 1 == Tile::kStages ? 0 : reading + 1;
  }
  __syncthreads();
}

// What multiply() needs of shared memory.
template <typename Tile, typename SourceA, typename SourceB>
inline constexpr unsigned kPipelineBytes = Tile::kStages*(SourceA::Shared::kBytes +
                                                          SourceB::Shared::kBytes);

}  // namespace backlight::kernels::BACKLIGHT_GPU
