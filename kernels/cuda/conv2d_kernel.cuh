// The convolution kernel, and its launch for one arithmetic: the files that instantiate it include
// this.
#pragma once

#include "kernels/cuda/conv2d_launch.cuh"
#include "kernels/cuda/conv2d_patches.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// One tile of D: patches of the image by weights.
template <typename Tile, typename Arithmetic, int kWidth>
__global__ void __launch_bounds__(Tile::kThreads, kBlocks<Tile, Arithmetic>)
    convolve(const __grid_constant__ Convolution c, const __grid_constant__ ConvolutionOutput out) {
  using ImagePatches = Patches<Tile::kM, Tile::kThreads, kWidth>;
  using Weights = MatrixRows<Tile::kN, Tile::kThreads>;
  DYNAMIC_SHARED(shared);
  const int tiles_n = tiles_over(c.out_channels, Tile::kN), tile = static_cast<int>(blockIdx.x);
  const int first_row = tile / tiles_n * Tile::kM, first_column = tile % tiles_n * Tile::kN;

  ImagePatches patches(c, first_row);
  Weights weights(c.weights, first_column, 0);
  Product<Tile> product;
  multiply<Arithmetic>(product, patches, weights, tiles_over(c.depth, kDepth), shared);
  const StagedProduct<Tile> staged(product, shared);
  if (c.order.windows())
    store_pooled(staged, c, out, first_row, first_column);
  else
    store_pixels(staged, c, out, first_row, first_column);
}

template <typename Tile, typename Arithmetic, int kWidth>
void launch_tile(const Convolution& c, const ConvolutionOutput& out, const std::string& shapes) {
  using Weights = MatrixRows<Tile::kN, Tile::kThreads>;
  launch({.kernel = "convolve",
          .grid = dim3(static_cast<unsigned>(tiles_over(c.pixels, Tile::kM) *
                                             tiles_over(c.out_channels, Tile::kN))),
          .block = dim3(Tile::kThreads),
          .shared_bytes = kSharedBytes<Tile, Patches<Tile::kM, Tile::kThreads, kWidth>, Weights>,
          .shapes = shapes,
          .flop = 2.0 * c.pixels * c.out_channels * c.depth,
          .bytes = least_bytes(c, out)},
         convolve<Tile, Arithmetic, kWidth>, c, out);
}

}  // namespace

template <typename Arithmetic>
void launch_convolution(const Convolution& c, const ConvolutionOutput& out,
                        const std::string& shapes) {
  const ChosenTile tile = choose_tile(c);
  if (!has_vectors(c)) {
    if (tile.columns == 16) return launch_tile<Tile128x16, Arithmetic, 1>(c, out, shapes);
    return launch_tile<Tile128x64, Arithmetic, 1>(c, out, shapes);
  }
  if (tile.rows == 64) return launch_tile<Tile64x64, Arithmetic, 4>(c, out, shapes);
  switch (tile.columns) {
    case 8: return launch_tile<Tile128x8, Arithmetic, 4>(c, out, shapes);
    case 16: return launch_tile<Tile128x16, Arithmetic, 4>(c, out, shapes);
    case 32: return launch_tile<Tile128x32, Arithmetic, 4>(c, out, shapes);
    case 64: return launch_tile<Tile128x64, Arithmetic, 4>(c, out, shapes);
    case 128: return launch_tile<Tile128x128, Arithmetic, 4>(c, out, shapes);
    default: fail("no convolution kernel has tiles of ", tile.columns, " columns");
  }
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
