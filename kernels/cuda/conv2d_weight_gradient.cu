// The gradient of a convolution with respect to its weights: the cotangent by the patches, summed
// over the pixels of the whole batch.
#include "kernels/cuda/backend.h"
#include "kernels/cuda/conv2d_launch.cuh"
#include "kernels/cuda/conv2d_patches.cuh"
#include "kernels/cuda/matrix/partial_sums.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// One tile of gw [out_channels, depth], or of one part of its sum over the pixels.
template <typename Tile, typename Arithmetic, int kWidth>
__global__ void __launch_bounds__(Tile::kThreads, kBlocks<Tile, Arithmetic>)
    weight_gradient(const __grid_constant__ Convolution c, Matrix g, Split split, float* gw) {
  DYNAMIC_SHARED(shared);
  const int tiles_n = tiles_over(c.depth, Tile::kN), tile = static_cast<int>(blockIdx.x);
  const int first_row = tile / tiles_n * Tile::kM, first_column = tile % tiles_n * Tile::kN;

  MatrixColumns<Tile::kM, Tile::kThreads> cotangents(g, first_row, split.first());
  PatchColumns<Tile::kN, Tile::kThreads, kWidth> patches(c, first_column, split.first());
  Product<Tile> product;
  multiply<Arithmetic>(product, cotangents, patches, split.steps(c.pixels), shared);
  store_part(StagedProduct<Tile>(product, shared), gw, first_row, c.out_channels, first_column,
             c.depth);
}

// What one call computes.
struct WeightGradient {
  Convolution convolution;  // the forward one
  Matrix g;                 // [pixels,out_channels]
  Split split;
  float* gw;
  std::string shapes;
};

template <typename Tile, typename Arithmetic, int kWidth>
void launch_tile(const WeightGradient& work) {
  using Cotangents = MatrixColumns<Tile::kM, Tile::kThreads>;
  using ImagePatches = PatchColumns<Tile::kN, Tile::kThreads, kWidth>;
  const Convolution& c = work.convolution;
  launch({.kernel = "weight_gradient",
          .grid = dim3(static_cast<unsigned>(tiles_over(c.out_channels, Tile::kM) *
                                             tiles_over(c.depth, Tile::kN)),
                       static_cast<unsigned>(work.split.parts)),
          .block = dim3(Tile::kThreads),
          .shared_bytes = kSharedBytes<Tile, Cotangents, ImagePatches>,
          .shapes = work.shapes,
          .flop = 2.0 * c.pixels * c.out_channels * c.depth,
          .bytes = least_bytes(c, {})},
         weight_gradient<Tile, Arithmetic, kWidth>, c, work.g, work.split, work.gw);
}

bool has_large_tiles(const Convolution& c) {
  return c.out_channels > 64 && c.depth > 64 && has_vectors(c);
}

// Enough blocks for a GPU of some hundred multiprocessors, each with enough to sum, but not so much
// that its rounding errors show.
Split split_of(const Convolution& c) {
  constexpr int kBlocks = 256, kLeast = 256, kMost = 8192;
  const int size = has_large_tiles(c) ? 128 : 64;
  const int tiles = tiles_over(c.out_channels, size) * tiles_over(c.depth, size);
  return Split::of(c.pixels, std::max(kBlocks / tiles, tiles_over(c.pixels, kMost)), kLeast);
}

template <typename Arithmetic>
void launch_weight_gradient(const WeightGradient& work) {
  if (!has_vectors(work.convolution)) return launch_tile<Tile64x64, Arithmetic, 1>(work);
  if (!has_large_tiles(work.convolution)) return launch_tile<Tile64x64, Arithmetic, 4>(work);
  launch_tile<Tile128x128, Arithmetic, 4>(work);
}

}  // namespace

Tensor GpuBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& g,
                                          const Shape& weight_shape,
                                          Conv2dGeometry geometry) const {
  require_float32("conv2d", x);
  if (g.numel() == 0) return Tensor::zeros(weight_shape, DType::f32, x.device());
  Tensor gw(weight_shape, DType::f32, x.device());
  const Convolution c =
      forward_convolution({x.device_data<float>(), x.shape(), nullptr, weight_shape}, geometry);
  const Split split = split_of(c);
  Tensor parts = room_for_parts(gw, split);
  const WeightGradient work{
      .convolution = c,
      .g = {g.device_data<float>(), c.pixels, c.out_channels},
      .split = split,
      .gw = parts.mutable_device_data<float>(),
      .shapes = str(g.shape(), " by ", x.shape(), " for ", weight_shape, ", stride ",
                    geometry.stride, ", padding ", geometry.padding)};
  with_arithmetic([&](auto arithmetic) { launch_weight_gradient<decltype(arithmetic)>(work); });
  add_parts(parts, split, gw);
  return gw;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
