// Matrix products on tensor cores by mma.sync, for GPUs from Ampere on.
#include "kernels/cuda/backend.h"
#include "kernels/cuda/hopper/hopper.cuh"
#include "kernels/cuda/matrix/dispatch.cuh"
#include "kernels/cuda/matrix/matrix_source.cuh"
#include "kernels/cuda/matrix/partial_sums.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// One tile of C = A B, or of one part of its sum over k. A source is MatrixRows where k runs along
// the rows in memory, MatrixColumns where it runs across them.
template <typename Tile, typename Arithmetic, typename SourceA, typename SourceB>
__global__ void __launch_bounds__(Tile::kThreads, kBlocks<Tile, Arithmetic>)
    gemm_kernel(Matrix a, Matrix b, int m, int n, int k, Split split, float* c) {
  DYNAMIC_SHARED(shared);
  const int tiles_n = tiles_over(n, Tile::kN), tile = static_cast<int>(blockIdx.x);
  const int first_m = tile / tiles_n * Tile::kM, first_n = tile % tiles_n * Tile::kN;

  SourceA rows(a, first_m, split.first());
  SourceB columns(b, first_n, split.first());
  Product<Tile> product;
  multiply<Arithmetic>(product, rows, columns, split.steps(k), shared);
  store_part(StagedProduct<Tile>(product, shared), c, first_m, m, first_n, n);
}

struct Gemm {
  Matrix a, b;
  int m, n, k;
  Split split;
  float* c;
};

template <typename Tile, typename Arithmetic, typename SourceA, typename SourceB>
void launch_gemm(const Gemm& g) {
  const double m = g.m, n = g.n, k = g.k;
  launch({.kernel = "gemm",
          .grid = dim3(static_cast<unsigned>(tiles_over(g.m, Tile::kM) * tiles_over(g.n, Tile::kN)),
                       static_cast<unsigned>(g.split.parts)),
          .block = dim3(Tile::kThreads),
          .shared_bytes = kSharedBytes<Tile, SourceA, SourceB>,
          .shapes = str("[", g.m, ", ", g.k, "] by [", g.k, ", ", g.n, "]"),
          .flop = 2 * m * n * k,
          .bytes = sizeof(float) * (m * k + k * n + m * n)},
         gemm_kernel<Tile, Arithmetic, SourceA, SourceB>, g.a, g.b, g.m, g.n, g.k, g.split, g.c);
}

template <typename Tile, typename Arithmetic>
void launch_gemm(const Gemm& g, bool transpose_a, bool transpose_b) {
  using RowsA = MatrixRows<Tile::kM, Tile::kThreads>;
  using ColumnsA = MatrixColumns<Tile::kM, Tile::kThreads>;
  using RowsB = MatrixRows<Tile::kN, Tile::kThreads>;
  using ColumnsB = MatrixColumns<Tile::kN, Tile::kThreads>;
  if (!transpose_a && transpose_b) return launch_gemm<Tile, Arithmetic, RowsA, RowsB>(g);
  if (!transpose_a) return launch_gemm<Tile, Arithmetic, RowsA, ColumnsB>(g);
  if (!transpose_b) return launch_gemm<Tile, Arithmetic, ColumnsA, ColumnsB>(g);
  launch_gemm<Tile, Arithmetic, ColumnsA, RowsB>(g);
}

// For a GPU of some hundred multiprocessors. The shape of m does not enter here: see gemm.h.
Split split_of(int n, int k) { return Split::of(k, 64 / tiles_over(n, 128), 1024); }

constexpr int kEnoughTiles = 96;

}  // namespace

Tensor GpuBackend::gemm(const Tensor& a, bool transpose_a, const Tensor& b,
                        bool transpose_b) const {
  require_float32("gemm", a);
  const int m = extent_of(a.dim(transpose_a)), n = extent_of(b.dim(!transpose_b));
  const int k = extent_of(a.dim(!transpose_a));
  Tensor c({m, n}, DType::f32, a.device());
  const Split split = split_of(n, k);
  Tensor parts = room_for_parts(c, split);
  const Gemm gemm{{a.device_data<float>(), a.dim(0), a.dim(1)},
                  {b.device_data<float>(), b.dim(0), b.dim(1)},
                  m,
                  n,
                  k,
                  split,
                  parts.mutable_device_data<float>()};
  const std::int64_t large_tiles =
      std::int64_t{tiles_over(m, 128)} * tiles_over(n, 128) * split.parts;
  with_arithmetic([&](auto arithmetic) {
    using Arithmetic = decltype(arithmetic);
    if (!transpose_a && transpose_b && hopper::multiply<Arithmetic>(a, b, split, parts)) return;
    if (m > 64 && n > 64 && large_tiles >= kEnoughTiles)
      launch_gemm<Tile128x128, Arithmetic>(gemm, transpose_a, transpose_b);
    else
      launch_gemm<Tile64x64, Arithmetic>(gemm, transpose_a, transpose_b);
  });
  add_parts(parts, split, c);
  return c;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
