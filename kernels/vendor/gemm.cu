#include <cublas_v2.h>

#include "kernels/vendor/backend.h"
#include "kernels/vendor/cublas.h"
#include "kernels/vendor/library.h"

namespace backlight::kernels::vendor {
namespace {

// cuBLAS chooses its kernel, and so the order of the additions, by the extents it sees. It is given
// panels of this many rows, the last one padded with zeros, whatever the matrix has.
constexpr std::int64_t kRows = 128;

void check_blas(cublasStatus_t status, const std::string& what) {
  require(status == CUBLAS_STATUS_SUCCESS, what, ": cuBLAS says ",
          CUBLAS_FUNCTION(cublasGetStatusString)(status));
}

cublasHandle_t handle() {
  static const cublasHandle_t made = [] {
    cublasHandle_t fresh = nullptr;
    check_blas(CUBLAS_FUNCTION(cublasCreate)(&fresh), "opening cuBLAS");
    check_blas(CUBLAS_FUNCTION(cublasSetStream)(fresh, cuda::current_stream()), "opening cuBLAS");
    return fresh;
  }();
  return made;
}

cublasComputeType_t compute_type(Precision precision) {
  switch (precision) {
    case Precision::fp32: return CUBLAS_COMPUTE_32F;
    case Precision::tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
    case Precision::bf16: return CUBLAS_COMPUTE_32F_FAST_16BF;
  }
  fail("unknown precision ", static_cast<int>(precision));
}

// Rows [first, first + kRows) of op(A) as a matrix of its own, with zeros after the last. It is a
// view of A where A has them side by side.
Tensor panel_of(const Tensor& a, bool transposed, std::int64_t first, std::int64_t count) {
  if (!transposed && count == kRows) return a.rows(first, count);
  const std::int64_t m = a.dim(transposed), k = a.dim(!transposed);
  const auto bytes = [](std::int64_t floats) {
    return static_cast<std::size_t>(floats) * sizeof(float);
  };
  Tensor panel =
      Tensor::zeros(transposed ? Shape{k, kRows} : Shape{kRows, k}, DType::f32, Device::cuda);
  float* const to = panel.mutable_device_data<float>();
  const float* const from = a.device_data<float>();
  const cudaError_t status =
      transposed ? cudaMemcpy2DAsync(to, bytes(kRows), from + first, bytes(m), bytes(count),
                                     static_cast<std::size_t>(k), cudaMemcpyDeviceToDevice,
                                     cuda::current_stream())
                 : cudaMemcpyAsync(to, from + first * k, bytes(count * k), cudaMemcpyDeviceToDevice,
                                   cuda::current_stream());
  require(status == cudaSuccess, "gemm: CUDA could not copy rows of a matrix of shape ", a.shape(),
          ": ", cudaGetErrorString(status));
  return panel;
}

}  // namespace

// A row-major matrix is the transpose of the column-major one in the same memory: cuBLAS is asked
// for C^T = op(B)^T op(A)^T.
void gemm(const GemmProblem& p, const float* a, const float* b, float* c) {
  const std::string shapes =
      str("[", p.m, ", ", p.k, "] times [", p.k, ", ", p.n, "]",
          p.transpose_a ? ", first transposed" : "", p.transpose_b ? ", second transposed" : "");
  const auto size = [](std::int64_t extent) { return static_cast<int>(extent); };
  const double flop = 2.0 * static_cast<double>(p.m * p.n) * static_cast<double>(p.k);
  const double elements = static_cast<double>(p.m * p.k + p.k * p.n + p.m * p.n);
  const float one = 1, zero = 0;
  const auto call = [&] {
    check_blas(CUBLAS_FUNCTION(cublasGemmEx_64)(
                   handle(), p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N,
                   p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, size(p.n), size(p.m), size(p.k), &one,
                   b, CUDA_R_32F, size(p.transpose_b ? p.k : p.n), a, CUDA_R_32F, size(p.lda),
                   &zero, c, CUDA_R_32F, size(p.n), compute_type(p.precision), CUBLAS_GEMM_DEFAULT),
               "gemm of " + shapes);
  };
  call_library("cublasGemmEx", shapes, flop, 4 * elements, call);
}

Tensor VendorBackend::gemm(const Tensor& a, bool transpose_a, const Tensor& b,
                           bool transpose_b) const {
  if (a.dtype() != DType::f32) return GpuBackend::gemm(a, transpose_a, b, transpose_b);
  const std::int64_t m = a.dim(transpose_a), n = b.dim(!transpose_b), k = a.dim(!transpose_a);
  constexpr std::int64_t kLargest = std::int64_t{1} << 31;
  require(n < kLargest && k < kLargest, "gemm of ", a.shape(), " and ", b.shape(),
          ": cuBLAS counts to 2^31; use our kernels");
  const GemmProblem problem{kRows,      n, k, transpose_a, transpose_b, transpose_a ? kRows : k,
                            precision()};
  Tensor c({m, n}, DType::f32, Device::cuda);
  for (std::int64_t first = 0; first < m; first += kRows) {
    const std::int64_t count = std::min(kRows, m - first);
    const Tensor panel = panel_of(a, transpose_a, first, count);
    Tensor rows = c.rows(first, count);
    Tensor padded = count == kRows ? rows : Tensor({kRows, n}, DType::f32, Device::cuda);
    vendor::gemm(problem, panel.device_data<float>(), b.device_data<float>(),
                 padded.mutable_device_data<float>());
    if (count < kRows)
      memory_of(Device::cuda).copy_within(rows.mutable_address(), padded.address(), rows.nbytes());
  }
  return c;
}

}  // namespace backlight::kernels::vendor
