// The kernel of all products on Hopper, and its launch: the files that instantiate it include this.
#pragma once

#include <algorithm>

#include "kernels/cuda/hopper/columns.cuh"
#include "kernels/cuda/hopper/output.cuh"
#include "kernels/cuda/machine.h"
#include "kernels/cuda/ptx/elect.h"
#include "kernels/cuda/ptx/setmaxnreg.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {
namespace {

// Registers of each thread, of the 64 K of a multiprocessor. The warps that multiply need theirs
// for sums; the one that loads needs few, and its warpgroup gives the rest away.
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;

// Blocks stay, as many as there are multiprocessors, and take tile after tile, so that the operands
// of the next tile are on their way while the last one is being written.
template <typename Tile, typename Arithmetic, typename Output>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    multiply_patches(const __grid_constant__ ImageMap image,
                     const __grid_constant__ ColumnMap<Arithmetic> columns,
                     const __grid_constant__ Work work, const __grid_constant__ Output output) {
  DYNAMIC_SHARED(shared);
  SHARED(barriers, Barriers[2]);
  Pipeline pipeline(work.stages, ColumnTiles<Tile, Arithmetic>::kBytes, barriers, shared);
  if (threadIdx.x == 0) {
    pipeline.patches.init(Tile::kConsumers / 32);
    pipeline.columns.init(Tile::kConsumers / 32);
    fence_mbarrier_init();
    prefetch(image);
    prefetch(columns);
  }
  __syncthreads();

  const int first = static_cast<int>(blockIdx.x), step = static_cast<int>(gridDim.x);
  if (threadIdx.x >= Tile::kConsumers) {
    decrease_registers<kProducerRegisters>();
    if (threadIdx.x / 32 == Tile::kConsumers / 32 && elect_one())
      for (int tile = first; tile < work.tiles(); tile += step)
        load<Tile, Arithmetic>(work, Place(work, tile), image, columns, pipeline);
    return;
  }
  increase_registers<kConsumerRegisters>();
  for (int tile = first; tile < work.tiles(); tile += step) {
    const Place place(work, tile);
    Sums<Tile, Arithmetic> sums;
    multiply(sums, work, place, pipeline);
    const Pixel origin = work.patches.origin(place.patch);
#pragma unroll
    for (int f = 0; f < Tile::kFragments; ++f)
      output.store(sums.at[f], work.patches, origin, Tile::block(f), place.column_tile * Tile::kN,
                   place.part);
  }
}

// Shares out the shared memory for patches whose columns are read for `taps` taps; nothing if they
// do not fit.
template <typename Tile, typename Arithmetic>
std::optional<StageCounts> stages_for(const Patches& patches, int taps) {
  constexpr unsigned kColumns = ColumnTiles<Tile, Arithmetic>::kBytes;
  constexpr int kLeast = 4;  // stages of columns: about the time that memory takes to answer
  constexpr unsigned kPattern = PatchTile::kAlignment;
  const unsigned bytes = static_cast<unsigned>(patches.halo_pixels()) * kDepth * sizeof(float);
  const unsigned patch = (bytes + kPattern - 1) / kPattern * kPattern;
  const int of_patches =
      taps > 1 ? 2 : std::min(kMostStages, static_cast<int>(kSharedBytes / (patch + kColumns)));
  const unsigned used = static_cast<unsigned>(of_patches) * patch;
  if (of_patches < 2 || used > kSharedBytes) return std::nullopt;
  const int of_columns = std::min(kMostStages, static_cast<int>((kSharedBytes - used) / kColumns));
  if (taps > 1 && of_columns < kLeast) return std::nullopt;
  return StageCounts{of_patches, of_columns, patch};
}

// What all launches of a product say.
struct Report {
  const char* kernel;
  std::string shapes;
  double flop, bytes;
};

template <typename Tile, typename Arithmetic, typename Output>
void launch_product(const ImageMap& image, const Columns& columns, const Work& work,
                    const Output& output, const Report& report) {
  launch(
      {.kernel = report.kernel,
       .grid = dim3(static_cast<unsigned>(std::min(work.tiles(), this_machine().multiprocessors))),
       .block = dim3(Tile::kThreads),
       .shared_bytes = kSharedBytes,
       .shapes = report.shapes,
       .flop = report.flop,
       .bytes = report.bytes},
      multiply_patches<Tile, Arithmetic, Output>, image, column_map<Arithmetic, Tile::kN>(columns),
      work, output);
}

// About how long a product takes, in the time of one multiprocessor for one tile element: the
// narrower a tile, the oftener its operands are read.
template <typename Tile>
double cost_of(const Work& work) {
  const int at_once = this_machine().multiprocessors;
  const int rounds = (work.tiles() + at_once - 1) / at_once;
  return rounds * Tile::kM * Tile::kN * (1 + 32.0 / Tile::kN);
}

// The tiles of an arithmetic. Floats that are split need registers for two sums.
//
// What a large tile asks of a multiprocessor for one tap of a 3x3 window and 32 channels, in cycles
// of its tensor cores (1024 TF32 multiply-adds, 2048 of bf16), of its shared memory (128 bytes:
// rows of A once, columns once for each 64 rows, and what TMA writes), and in bytes from L2:
//
//              tile     tensor cores   shared memory   bytes from L2 a cycle
//     tf32   256 x 128       1024            932              20
//     bf16   256 x 128        512            612              25
//     fp32   128 x 128       1536           1172              23
//
// L2 gives a multiprocessor some 40 bytes a cycle, so that it limits none of them; without a copied
// halo it would (48, 80 and 32 bytes). tf32 and fp32 leave shared memory room, so that they should
// come to about 80 % of the tensor cores' peak, the rest being waits between taps, the sums that
// fp32 adds by itself, and the last round of tiles. bf16 reads floats and is limited by that:
// about 75 %. The small tile is for products of few tiles; its operands serve half as many others
// (tf32: 256 against 340 cycles).
template <typename Arithmetic>
using LargeTile = TileShape<Arithmetic::kSumsApart ? 1 : 2, 128>;
using SmallTile = TileShape<1, 64>;

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
