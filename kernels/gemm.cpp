#include "kernels/gemm.h"

#include "kernels/backend.h"

namespace backlight::kernels {

Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  require(a.rank() == 2 && b.rank() == 2, "gemm wants two matrices, not ", a.shape(), " and ",
          b.shape());
  require(a.dtype() == b.dtype(), "gemm of ", name_of(a.dtype()), " and ", name_of(b.dtype()));
  require_same_device("gemm", {&a, &b});
  const std::int64_t m = a.dim(transpose_a), n = b.dim(!transpose_b), k = a.dim(!transpose_a);
  require(b.dim(transpose_b) == k, "gemm: ", a.shape(), transpose_a ? " transposed" : "",
          " does not fit ", b.shape(), transpose_b ? " transposed" : "");
  if (m == 0 || n == 0 || k == 0) return Tensor::zeros({m, n}, a.dtype(), a.device());
  return backend_of(a).gemm(a, transpose_a, b, transpose_b);
}

}  // namespace backlight::kernels
