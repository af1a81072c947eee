// GEMM 2: neighbouring threads, neighbouring columns.
//
// One line changes, the one that says which element a thread computes. Now the 32 lanes of a warp
// share one row of A, so that one sector serves them all, and read 32 floats side by side in B: 4
// sectors of 32 bytes, all of each used. The same for C.
//
// Look at: sectors per request, 32 + 1 before, 1 + 4 now. The requests are as many as before: every
// element of A is still asked for N times, every element of B M times.
// Next: ask for each element once a block, and keep it in shared memory.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {
namespace {

__global__ void gemm_coalesced_kernel(Gemm p) {
  const int index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index >= p.m * p.n) return;
  const int row = index / p.n, column = index % p.n;
  float sum = 0;
  for (int k = 0; k < p.k; ++k) sum += p.a[row * p.k + k] * p.b[k * p.n + column];
  p.c[row * p.n + column] = sum;
}

}  // namespace

void gemm_coalesced(const Gemm& p) {
  constexpr int kThreads = 256;
  launch(described("gemm_coalesced", dim3(div_up(p.m * p.n, kThreads)), dim3(kThreads), p),
         gemm_coalesced_kernel, p);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
