// cuBLAS for row-major matrices.
#pragma once

#include <cstdint>

#include "kernels/precision.h"

namespace backlight::kernels::vendor {

// C = op(A) op(B) on the GPU, as in kernels/gemm.h: A is [m,k] with rows of lda floats ([k,m]
// transposed), B is [k,n] with dense rows ([n,k] transposed), C is [m,n], dense.
//   fp32  CUBLAS_COMPUTE_32F: float32 throughout
//   tf32  CUBLAS_COMPUTE_32F_FAST_TF32
//   bf16  CUBLAS_COMPUTE_32F_FAST_16BF
// Errors: names the call, its shape and cuBLAS's status.
struct GemmProblem {
  std::int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  std::int64_t lda = 0;
  Precision precision = Precision::fp32;
};
void gemm(const GemmProblem& problem, const float* a, const float* b, float* c);

}  // namespace backlight::kernels::vendor
