// A block's product on Hopper: one warp brings the operands, two warpgroups multiply them.
//
// For each 32 channels a patch with its halo, and for each tap of the window the weights of these
// channels: k runs over chunks of 32 channels, in each over the taps. This order alone decides an
// element's bytes; the tile and the place in it do not.
#pragma once

#include "kernels/cuda/hopper/patches.cuh"
#include "kernels/cuda/hopper/pipeline.cuh"
#include "kernels/cuda/ptx/tma.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

// All of D: the tiles and what each is a sum over.
struct Work {
  Patches patches;
  int column_tiles;
  int channels;                    // of the image
  int chunks, parts, chunks_each;  // of 32 channels: all, and how they are split among parts
  StageCounts stages;

  __host__ __device__ int tiles() const { return patches.count() * column_tiles * parts; }
};

// A tile of D: which of its columns, of its patches, of the parts of the sum.
struct Place {
  int column_tile, patch, part;
  int first_chunk, end_chunk;

  __device__ Place(const Work& work, int tile) {
    column_tile = tile % work.column_tiles;
    const int rest = tile / work.column_tiles, patches = work.patches.count();
    patch = rest % patches;
    part = rest / patches;
    first_chunk = part * work.chunks_each;
    end_chunk = min(first_chunk + work.chunks_each, work.chunks);
  }
};

using ImageMap = TensorMap<float, 4, Swizzle::bytes128>;
template <typename Arithmetic>
using ColumnMap =
    TensorMap<typename ColumnFormat<Arithmetic>::Element, 3, ColumnFormat<Arithmetic>::kSwizzle>;

// One thread: brings all that a tile is a sum over, as fast as stages become empty.
template <typename Tile, typename Arithmetic>
__device__ __forceinline__ void load(const Work& work, const Place& place, const ImageMap& image,
                                     const ColumnMap<Arithmetic>& columns, Pipeline& pipeline) {
  using Columns = ColumnTiles<Tile, Arithmetic>;
  const Patches& patches = work.patches;
  const Pixel at = patches.origin(place.patch);
  const int taps = patches.window_height * patches.window_width;
  for (int chunk = place.first_chunk; chunk < place.end_chunk; ++chunk) {
    const Ring& patch = pipeline.patches;
    patch.await_empty(static_cast<unsigned>(patches.halo_pixels()) * kDepth * sizeof(float));
    load_tensor(reinterpret_cast<float*>(patch.stage()), image, patch.full(), chunk * kDepth,
                at.column - patches.left, at.row - patches.top, at.image);
    pipeline.patches.advance();
    for (int tap = 0; tap < taps; ++tap) {
      const Ring& stage = pipeline.columns;
      stage.await_empty(Columns::kBytes);
      for (int part = 0; part < Columns::Format::kParts; ++part)
        load_tensor(Columns{stage.stage()}.part(part), columns, stage.full(),
                    tap * work.channels + chunk * kDepth, place.column_tile * Tile::kN, part);
      pipeline.columns.advance();
    }
  }
}

// A consumer's share of a tile.
template <typename Tile, typename Arithmetic>
class Sums {
 public:
  Accumulator<Tile::kN> at[Tile::kFragments] = {};

  // += A B for 32 columns of k. Its last wgmmas may still run when it returns; those of the call
  // before have ended. `pixels`: of each fragment, which one of the patch's copy is this lane's.
  __device__ __forceinline__ void add(PatchTile patch, const int (&pixels)[Tile::kFragments],
                                      ColumnTiles<Tile, Arithmetic> columns) {
    if constexpr (Arithmetic::kSumsApart) {
      Accumulator<Tile::kN> part[Tile::kFragments];
      multiply<true>(part, patch, pixels, columns);
      wait_for(part);
#pragma unroll
      for (int f = 0; f < Tile::kFragments; ++f)
#pragma unroll
        for (int i = 0; i < Tile::kN / 2; ++i) at[f].values[i] += part[f].values[i];
    } else {
      multiply<false>(at, patch, pixels, columns);
    }
  }

  __device__ __forceinline__ void finish() { wait_for(at); }

 private:
  using Accumulators = Accumulator<Tile::kN>[Tile::kFragments];
  static constexpr int kHalf = kDepth / Arithmetic::kStep / 2;  // steps of 16 columns of k
  struct Rows {
    typename Arithmetic::A step[kHalf][Tile::kFragments] = {};
    __device__ __forceinline__ void pin() {
#pragma unroll
      for (int i = 0; i < kHalf; ++i)
#pragma unroll
        for (int f = 0; f < Tile::kFragments; ++f) pin_rows(step[i][f]);
    }
  };

  // In two halves: while the tensor cores have one, the operand A of the other is loaded into
  // registers that the half before it has done with.
  template <bool kFresh>
  __device__ __forceinline__ void multiply(Accumulators& d, PatchTile patch,
                                           const int (&pixels)[Tile::kFragments],
                                           ColumnTiles<Tile, Arithmetic> columns) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      Rows& rows = rows_[half];
#pragma unroll
      for (int i = 0; i < kHalf; ++i)
#pragma unroll
        for (int f = 0; f < Tile::kFragments; ++f)
          rows.step[i][f] =
              load_rows<Arithmetic>(patch, pixels[f], half * 16 + i * Arithmetic::kStep);
      rows.pin();
#pragma unroll
      for (int f = 0; f < Tile::kFragments; ++f) pin(d[f]);
      wgmma_fence();
#pragma unroll
      for (int i = 0; i < kHalf; ++i)
#pragma unroll
        for (int f = 0; f < Tile::kFragments; ++f)
          multiply_rows<Arithmetic>(d[f], rows.step[i][f], columns,
                                    half * 16 + i * Arithmetic::kStep,
                                    kFresh && half == 0 && i == 0);
      wgmma_commit();
      wgmma_wait<1>();
      rows_[1 - half].pin();
    }
  }

  __device__ __forceinline__ static void wait_for(Accumulators& d) {
    if constexpr (Tile::kFragments == 1)
      wgmma_wait<0>(d[0]);
    else
      wgmma_wait<0>(d[0], d[1]);
  }

  Rows rows_[2];
};

// The warps that multiply: a tile's sums, as its operands come.
template <typename Tile, typename Arithmetic>
__device__ __forceinline__ void multiply(Sums<Tile, Arithmetic>& sums, const Work& work,
                                         const Place& place, Pipeline& pipeline) {
  const Patches& patches = work.patches;
  int first_tap[Tile::kFragments];
#pragma unroll
  for (int f = 0; f < Tile::kFragments; ++f)
    first_tap[f] = patches.in_copy(patches.in_box(Tile::block(f), lane_id() % 16));

  bool running = false;  // whether a stage of columns is still being multiplied
#pragma unroll 1
  for (int chunk = place.first_chunk; chunk < place.end_chunk; ++chunk) {
    pipeline.patches.await_full();
    const PatchTile patch{reinterpret_cast<float*>(pipeline.patches.stage())};
#pragma unroll 1
    for (int row = 0; row < patches.window_height; ++row)
#pragma unroll 1
      for (int column = 0; column < patches.window_width; ++column) {
        int pixels[Tile::kFragments];
#pragma unroll
        for (int f = 0; f < Tile::kFragments; ++f)
          pixels[f] = first_tap[f] + row * patches.halo_width() + column;
        pipeline.columns.await_full();
        sums.add(patch, pixels, {pipeline.columns.stage()});
        if (running) pipeline.columns.give_back_last();
        running = true;
        pipeline.columns.advance();
      }
    pipeline.patches.give_back();
    pipeline.patches.advance();
  }
  sums.finish();
  pipeline.columns.give_back_last();
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
