// The B operand of products on Hopper as it lies in global memory, ready for TMA and wgmma: rows n
// with k along them.
//
//     fp32   [2][n][k]  each float as two TF32 numbers, big and small
//     tf32   [n][k]     floats; TMA rounds them
//     bf16   [n][k]     16 columns of k at a time in the order 0 4 1 5 2 6 3 7, 8 12 9 13 ...: that
//                       of two float fragments taken for one bf16 fragment, as A's are (Bf16)
#pragma once

#include "kernels/cuda/hopper/operands.cuh"
#include "kernels/cuda/ptx/tensor_map.h"
#include "tensor/tensor.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

struct Columns {
  Tensor storage;
  std::int64_t rows, depth;  // depth may exceed the matrix's: by zeros, to a multiple of 16
};

// The columns that the rows of a matrix of floats are, [rows][depth] of contiguous memory. depth is
// a multiple of 4.
template <typename Arithmetic>
Columns make_columns(const Tensor& matrix, std::int64_t rows, std::int64_t depth);
// The same, made once for the contents of a weight tensor and kept beside them.
template <typename Arithmetic>
Columns keep_columns(const Tensor& matrix, std::int64_t rows, std::int64_t depth);

// The map of boxes of kN rows and 32 columns of k.
template <typename Arithmetic, int kN>
auto column_map(const Columns& columns) {
  using Format = ColumnFormat<Arithmetic>;
  using Element = typename Format::Element;
  const auto rows = static_cast<std::uint64_t>(columns.rows);
  const auto depth = static_cast<std::uint64_t>(columns.depth), line = depth * sizeof(Element);
  TensorBox<3> box{{depth, rows, Format::kParts}, {line, rows * line}, {32, kN, 1}};
  box.round_to_tf32 = std::is_same_v<Arithmetic, Tf32>;
  return tensor_map<Format::kSwizzle>(reinterpret_cast<const Element*>(columns.storage.address()),
                                      box);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
