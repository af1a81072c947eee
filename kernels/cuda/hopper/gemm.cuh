// C = A B^T on Hopper for one arithmetic: the files that instantiate it include this.
//
// It is computed as C^T = B A^T, as the convolution of an image of n pixels by m weights of one
// tap: B, the weights of a layer, streams in as it is, and A, the activations, is what has to be
// prepared for wgmma: little, where there are few rows of it and time is short.
#pragma once

#include "kernels/cuda/hopper/hopper.cuh"
#include "kernels/cuda/hopper/kernel.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {
namespace {

struct Gemm {
  const Tensor &a, &b;
  int m, n, k;
  const Split& split;
  float* c;
};

template <typename Tile, typename Arithmetic>
Work plan(const Gemm& g) {
  const Patches patches{1, 1, g.n, 1, 1, 0, 0, {1, 1, Tile::kM}};
  const StageCounts stages = *stages_for<Tile, Arithmetic>(patches, 1);
  return {patches,       tiles_over(g.m, Tile::kN), g.k,   tiles_over(g.k, kDepth),
          g.split.parts, g.split.depth / kDepth,    stages};
}

template <typename Tile, typename Arithmetic>
void launch_gemm(const Gemm& g, const Work& work) {
  const auto n = static_cast<std::uint64_t>(g.n), k = static_cast<std::uint64_t>(g.k);
  TensorBox<4> image{{k, n, 1, 1},
                     {k * sizeof(float), n * k * sizeof(float), n * k * sizeof(float)},
                     {kDepth, Tile::kM, 1, 1}};
  image.round_to_tf32 = std::is_same_v<Arithmetic, Tf32>;
  const double rows = g.m, columns = g.n, depth = g.k;
  launch_product<Tile, Arithmetic>(
      tensor_map<Swizzle::bytes128>(g.b.template device_data<float>(), image),
      make_columns<Arithmetic>(g.a, g.m, g.k), work, TransposedOutput{g.c, g.m, g.n},
      {"gemm", str("[", g.m, ", ", g.k, "] by [", g.k, ", ", g.n, "]"), 2 * rows * columns * depth,
       sizeof(float) * (rows * depth + depth * columns + rows * columns)});
}

}  // namespace

template <typename Arithmetic>
bool multiply(const Tensor& a, const Tensor& b, const Split& split, Tensor& parts) {
  const auto is_aligned = [](const Tensor& t) {
    return reinterpret_cast<std::uintptr_t>(t.address()) % 16 == 0;
  };
  if (!is_chosen() || b.dim(0) < 64 || b.dim(1) % 4 != 0 || !is_aligned(a) || !is_aligned(b))
    return false;
  const Gemm gemm{a,
                  b,
                  static_cast<int>(a.dim(0)),
                  static_cast<int>(b.dim(0)),
                  static_cast<int>(b.dim(1)),
                  split,
                  parts.mutable_device_data<float>()};
  using Large = LargeTile<Arithmetic>;
  const Work large = plan<Large, Arithmetic>(gemm), small = plan<SmallTile, Arithmetic>(gemm);
  if (cost_of<Large>(large) <= cost_of<SmallTile>(small))
    launch_gemm<Large, Arithmetic>(gemm, large);
  else
    launch_gemm<SmallTile, Arithmetic>(gemm, small);
  return true;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
