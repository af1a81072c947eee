// Matrices as operands of a block's product: see multiply.cuh.
#pragma once

#include "kernels/cuda/matrix/multiply.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

// A row-major matrix whose rows are dense. `vectors`: rows begin at multiples of 16 bytes, so that
// they can be copied 16 bytes at a time.
struct Matrix {
  const float* data;
  int rows, columns;
  bool vectors;

  Matrix() = default;
  Matrix(const float* elements, std::int64_t row_count, std::int64_t column_count)
      : data(elements),
        rows(static_cast<int>(row_count)),
        columns(static_cast<int>(column_count)),
        vectors(column_count % 4 == 0 && reinterpret_cast<std::uintptr_t>(elements) % 16 == 0) {}
};

// Where copies of single floats are made, lanes take the four of their 16 bytes in different
// orders: lanes of the same bank are 8 apart, and so they write to different banks at a time.
__device__ __forceinline__ int in_turn(int i) { return (i + lane_id() / 8) % 4; }

// Copies four floats of a matrix's row into shared memory, zeros for those that are not there. The
// conditions are joined without branches, so that the lanes of a warp stay together.
__device__ __forceinline__ void copy_chunk(const Matrix& matrix, float* to, int row, int column) {
  const std::int64_t at = static_cast<std::int64_t>(row) * matrix.columns + column;
  if (matrix.vectors) {
    const bool inside = (row < matrix.rows) & (column < matrix.columns);
    cp_async<16>(to, matrix.data + (inside ? at : 0), inside ? 16 : 0);
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int element = in_turn(i);
    const bool inside = (row < matrix.rows) & (column + element < matrix.columns);
    cp_async<4>(to + element, matrix.data + (inside ? at + element : 0), inside ? 4 : 0);
  }
}

// kRows rows of a matrix from `first` on, whose columns are k.
//
//     thread   0   1  ...  7        8 threads copy 128 bytes of one row
//     row 0   [    32 k     ]
//     thread   8   9  ... 15
//     row 1   [             ]  ...
template <int kRows, int kThreads>
class MatrixRows {
 public:
  using Shared = KMajorTile<kRows>;

  __device__ MatrixRows(const Matrix& matrix, int first, int first_k)
      : matrix_(matrix), first_(first), k_(first_k + static_cast<int>(threadIdx.x) % 8 * 4) {}

  __device__ __forceinline__ void load(Shared to) {
    const int chunk = static_cast<int>(threadIdx.x) % 8;
#pragma unroll
    for (int i = 0; i < (kRows * 8 + kThreads - 1) / kThreads; ++i) {
      const int row = static_cast<int>(threadIdx.x) / 8 + i * (kThreads / 8);
      if (row < kRows) copy_chunk(matrix_, to.at(row, chunk * 4), first_ + row, k_);
    }
    k_ += kDepth;
  }

 private:
  Matrix matrix_;
  int first_, k_;
};

// kColumns columns of a matrix from `first` on, whose rows are k.
template <int kColumns, int kThreads>
class MatrixColumns {
 public:
  using Shared = MnMajorTile<kColumns>;

  __device__ MatrixColumns(const Matrix& matrix, int first, int first_k)
      : matrix_(matrix), column_(first + chunk() * 4), k_(first_k) {}

  __device__ __forceinline__ void load(Shared to) {
#pragma unroll
    for (int i = 0; i < kDepth / kStep; ++i) {
      const int k = static_cast<int>(threadIdx.x) / kChunks + i * kStep;
      copy_chunk(matrix_, to.at(k, chunk() * 4), k_ + k, column_);
    }
    k_ += kDepth;
  }

 private:
  static constexpr int kChunks = kColumns / 4, kStep = kThreads / kChunks;
  static_assert(kStep * kChunks == kThreads && kDepth % kStep == 0,
                "the threads do not share the copying evenly");
  __device__ static int chunk() { return static_cast<int>(threadIdx.x) % kChunks; }

  Matrix matrix_;
  int column_, k_;
};

}  // namespace backlight::kernels::BACKLIGHT_GPU
