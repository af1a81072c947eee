// A block's product on its way out: laid down in shared memory, so that whole rows of it can be
// written, 16 bytes a thread.
#pragma once

#include "kernels/cuda/matrix/multiply.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

template <typename Tile>
class StagedProduct {
 public:
  // Each thread has one column of chunks of four floats, and every kRowStep-th row from its first.
  static constexpr int kChunks = Tile::kN / 4;
  static constexpr int kRowStep = Tile::kThreads / kChunks;
  static_assert(kRowStep * kChunks == Tile::kThreads && Tile::kM % kRowStep == 0,
                "the threads do not share the tile evenly");

 private:
  // 8 floats of padding after each row, or after the rows that fill the 32 banks once.
  static constexpr int kLine = Tile::kN < 32 ? 32 : Tile::kN;
  __device__ static constexpr int offset(int row, int column) {
    const int flat = row * Tile::kN + column;
    return flat + flat / kLine * 8;
  }

 public:
  static constexpr unsigned kBytes =
      Tile::kM * Tile::kN / kLine * (kLine + 8) * static_cast<unsigned>(sizeof(float));

  // Lays the product down; all threads take part.
  __device__ StagedProduct(const Product<Tile>& product, unsigned char* shared)
      : data_(reinterpret_cast<float*>(shared)) {
    const int lane = lane_id();
#pragma unroll
    for (int m = 0; m < Tile::kFragmentsM; ++m)
#pragma unroll
      for (int n = 0; n < Tile::kFragmentsN; ++n)
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
          const float* values = product.at[m][n].values;
          store_vector(data_ + offset(Tile::warp_row() + 16 * m + FragmentD::row(lane, i),
                                      Tile::warp_column() + 8 * n + FragmentD::column(lane, i)),
                       make_float2(values[i], values[i + 1]));
        }
    __syncthreads();
  }

  // The running thread's column and first row.
  __device__ static int column() { return static_cast<int>(threadIdx.x) % kChunks * 4; }
  __device__ static int first_row() { return static_cast<int>(threadIdx.x) / kChunks; }

  __device__ float4 read(int row) const {
    return load_vector<float4>(data_ + offset(row, column()));
  }

 private:
  float* data_;
};

// What a kernel needs of shared memory: the pipeline's, and afterwards the product's.
template <typename Tile, typename SourceA, typename SourceB>
inline constexpr unsigned kSharedBytes =
    kPipelineBytes<Tile, SourceA, SourceB> > StagedProduct<Tile>::kBytes
        ? kPipelineBytes<Tile, SourceA, SourceB>
        : StagedProduct<Tile>::kBytes;

// Writes four floats to row-major memory, as far as they lie before `columns`. Rows of a multiple
// of four floats begin at multiples of 16 bytes.
__device__ __forceinline__ void store_chunk(float* to, const float4& v, int column, int columns) {
  if (columns % 4 == 0) {
    if (column < columns) store_vector(to, v);
    return;
  }
  if (column < columns) to[0] = v.x;
  if (column + 1 < columns) to[1] = v.y;
  if (column + 2 < columns) to[2] = v.z;
  if (column + 3 < columns) to[3] = v.w;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
