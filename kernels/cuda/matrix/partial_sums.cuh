// Products with so few tiles that a GPU would idle are split along k: each part is summed by blocks
// of its own, and then the parts are added, always in the same order.
#pragma once

#include <algorithm>

#include "kernels/cuda/matrix/staged_product.cuh"
#include "tensor/tensor.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// The parts of a sum over k. blockIdx.y says which one a block computes.
struct Split {
  int parts, depth;  // each of `depth` columns of k, a multiple of kDepth; the last one of the rest

  // About `wanted` parts of at least `least` columns each.
  static Split of(int k, int wanted, int least) {
    const int parts = std::max(1, std::min(wanted, k / least));
    const int depth = tiles_over(tiles_over(k, parts), kDepth) * kDepth;
    return {tiles_over(k, depth), depth};
  }

  __device__ int first() const { return static_cast<int>(blockIdx.y) * depth; }
  __device__ int steps(int k) const { return tiles_over(min(depth, k - first()), kDepth); }
};

// The room for all parts of a product: the product itself if there is but one.
inline Tensor room_for_parts(const Tensor& product, const Split& split) {
  return split.parts == 1 ? product
                          : Tensor({split.parts, product.numel()}, DType::f32, product.device());
}

// Writes a block's product into its part of [parts][rows][columns].
template <typename Tile>
__device__ __forceinline__ void store_part(const StagedProduct<Tile>& product, float* parts,
                                           int first_row, int rows, int first_column, int columns) {
  const int column = first_column + product.column();
  float* const part = parts + static_cast<std::int64_t>(blockIdx.y) * rows * columns;
#pragma unroll 4
  for (int row = product.first_row(); row < Tile::kM; row += product.kRowStep) {
    if (first_row + row >= rows) break;
    store_chunk(part + static_cast<std::int64_t>(first_row + row) * columns + column,
                product.read(row), column, columns);
  }
}

// product = parts[0] + parts[1] + ..., where there is more than one.
void add_parts(const Tensor& parts, const Split& split, Tensor& product);

}  // namespace backlight::kernels::BACKLIGHT_GPU
