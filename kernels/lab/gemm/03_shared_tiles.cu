// GEMM 3: tiles in shared memory.
//
// A block of 32x32 threads computes a 32x32 tile of C. It walks along K in steps of 32: each thread
// brings one element of A and one of B into shared memory, everyone waits, and then all 32x32x32
// products come from there. A float fetched once from global memory is used 32 times.
//
// Look at: global bytes, 32 times fewer than the lanes asked for before; barriers, 2 a step, so
// that nobody reads a tile before it is whole or overwrites it while it is read. Next: shared
// memory is the limit now. Each multiply-add waits for two loads from it.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

constexpr int kTile = 32;

__global__ void gemm_shared_tiles_kernel(Gemm p) {
  SHARED(a, float[kTile][kTile]);
  SHARED(b, float[kTile][kTile]);
  const int x = threadIdx.x, y = threadIdx.y;
  const int row = blockIdx.y * kTile + y, column = blockIdx.x * kTile + x;
  float sum = 0;
  for (int k0 = 0; k0 < p.k; k0 += kTile) {
    a[y][x] = p.a[row * p.k + k0 + x];
    b[y][x] = p.b[(k0 + y) * p.n + column];
    __syncthreads();
    for (int k = 0; k < kTile; ++k) sum += a[y][k] * b[k][x];
    __syncthreads();
  }
  p.c[row * p.n + column] = sum;
}

}  // namespace

void gemm_shared_tiles(const Gemm& p) {
  require_tiles(p, kTile, kTile, kTile);
  launch(described("gemm_shared_tiles", dim3(p.n / kTile, p.m / kTile), dim3(kTile, kTile), p),
         gemm_shared_tiles_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
