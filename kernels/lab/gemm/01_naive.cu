// GEMM 1: one thread for each element of C.
//
// The definition, written down: a thread walks along a row of A and a column of B. Neighbouring
// threads get neighbouring rows, as if C lay column by column. It does not: the 32 lanes of a warp
// touch 32 rows of A, K floats apart, and each gets 4 bytes out of a 32-byte sector of its own.
//
// Look at: sectors per request. A's loads and C's stores need 32, B's (one address for all) 1.
// Next: give the lanes of a warp neighbouring columns.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void gemm_naive_kernel(Gemm p) {
  const int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= p.m * p.n) return;
  const int row = index % p.m, column = index / p.m;
  float sum = 0;
  for (int k = 0; k < p.k; ++k) sum += p.a[row * p.k + k] * p.b[k * p.n + column];
  p.c[row * p.n + column] = sum;
}

}  // namespace

void gemm_naive(const Gemm& p) {
  constexpr int kThreads = 256;
  launch(described("gemm_naive", dim3(div_up(p.m * p.n, kThreads)), dim3(kThreads), p),
         gemm_naive_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
