// Matrix multiplication.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// C = op(A) op(B), where op transposes its matrix if asked: A is [M,K] ([K,M] transposed), B is
// [K,N] ([N,K] transposed), C is [M,N]. A row of C has the same bytes whatever M is and however
// many threads there are. Errors: shapes that do not fit.
Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b);

}  // namespace backlight::kernels
