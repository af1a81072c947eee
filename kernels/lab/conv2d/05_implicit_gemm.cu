// Convolution 5: a matrix product in disguise.
//
// Write the nine shifted copies of x side by side, and the convolution is a GEMM:
//
//     z [pixels, O] = patches [pixels, 9 C] x packed [9 C, O]
//
// Nobody writes the patches, which would be nine times x: column k of them is channel k % C of the
// pixel that place k / C of the window lies on, and is fetched from there when a tile is brought
// in, a zero if it is outside. The rest is GEMM 6.
//
// Look at: shared loads, nearly 7 times fewer than in rung 4, and without conflicts; sectors for
// each load, of 16 bytes a lane now.
// Next: what followed on GEMM 6.
#include "kernels/lab/gemm/square_product.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

using Product = SquareProduct;
constexpr int kTile = Product::kTile, kDepth = Product::kDepth;

__global__ void __launch_bounds__(Product::kThreads) conv2d_implicit_gemm_kernel(Conv2d p) {
  SHARED(a, Product::TileA);
  SHARED(b, Product::TileB);
  const int thread = threadIdx.x;
  const int row_a = thread / 2, k_a = thread % 2 * 4, k_b = thread / 32, column_b = thread % 32 * 4;
  const int pixel = blockIdx.y * kTile + row_a;
  const int column = pixel % p.w, row = pixel / p.w % p.h;
  const float* const tile_b = p.packed + blockIdx.x * kTile;

  Product product;
  for (int k0 = 0; k0 < 9 * p.c; k0 += kDepth) {
    const int place = k0 / p.c, channel = k0 % p.c + k_a;
    const int down = place / 3 - 1, right = place % 3 - 1;
    const bool inside =
        row + down >= 0 && row + down < p.h && column + right >= 0 && column + right < p.w;
    const float* const from = p.x + (pixel + down * p.w + right) * p.c + channel;
    store_vector(&a[row_a][k_a], inside ? load_vector<Four>(from) : Four{});
    store_vector(&b[k_b][column_b], load_vector<Four>(&tile_b[(k0 + k_b) * p.o + column_b]));
    __syncthreads();
    product.add(a, b);
    __syncthreads();
  }
  product.store(p.z + blockIdx.y * kTile * p.o + blockIdx.x * kTile, p.o);
}

}  // namespace

void conv2d_implicit_gemm(const Conv2d& p) {
  require_tiles(p, 1, 1, kDepth, kTile);
  require_pixels(p, kTile);
  launch(described("conv2d_implicit_gemm", dim3(p.o / kTile, p.pixels() / kTile),
                   dim3(Product::kThreads), p),
         conv2d_implicit_gemm_kernel, p);
  bias_relu_pool(p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
