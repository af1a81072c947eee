#include <algorithm>
#include <cstring>

#include "kernels/cpu/backend.h"
#include "kernels/cpu/onednn.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

// Every product is cut into pieces of exactly this many rows (padded with zeros) and columns, so
// that the library rounds a row alike whatever the batch; each piece is one thread's work.
constexpr std::int64_t kRows = 8, kColumns = 128;

struct Extents {
  std::int64_t m, n, k;
};

// kRows rows of op(A) from `first` on, zeros after the last, as a dense [kRows,K].
void take_rows(const float* a, bool transpose, const Extents& e, std::int64_t first, float* rows) {
  std::fill_n(rows, kRows * e.k, 0.0f);
  for (std::int64_t r = 0; r < std::min(kRows, e.m - first); ++r) {
    if (!transpose) {
      std::memcpy(rows + r * e.k, a + (first + r) * e.k, static_cast<std::size_t>(e.k) * 4);
    } else {
      for (std::int64_t k = 0; k < e.k; ++k) rows[r * e.k + k] = a[k * e.m + first + r];
    }
  }
}

void gemm_by_library(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b,
                     const Extents& e, Tensor& c) {
  const std::int64_t panels = (e.m + kRows - 1) / kRows;
  const std::int64_t slabs = (e.n + kColumns - 1) / kColumns;
  Tensor packed({panels, kRows, e.k});
  float* rows = packed.mutable_data<float>();
  const float *pa = a.data<float>(), *pb = b.data<float>();
  float* pc = c.mutable_data<float>();
  parallel_for(panels, [&](std::int64_t panel) {
    take_rows(pa, transpose_a, e, panel * kRows, rows + panel * kRows * e.k);
  });
  const auto piece = [&](std::int64_t index) {
    const std::int64_t panel = index / slabs, column = index % slabs * kColumns;
    const std::int64_t width = std::min(kColumns, e.n - column);
    const std::int64_t height = std::min(kRows, e.m - panel * kRows);
    float result[kRows * kColumns];
    onednn::sgemm(transpose_b, kRows, width, e.k, rows + panel * kRows * e.k, e.k,
                  pb + (transpose_b ? column * e.k : column), transpose_b ? e.k : e.n, result,
                  width);
    for (std::int64_t r = 0; r < height; ++r)
      std::memcpy(pc + (panel * kRows + r) * e.n + column, result + r * width,
                  static_cast<std::size_t>(width) * sizeof(float));
  };
  parallel_for(panels * slabs, piece);
}

template <typename T>
void gemm_in_plain_loops(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b,
                         const Extents& e, Tensor& c) {
  const T *pa = a.data<T>(), *pb = b.data<T>();
  T* pc = c.mutable_data<T>();
  parallel_for(e.m, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < e.n; ++j) {
      T sum{0};
      for (std::int64_t k = 0; k < e.k; ++k)
        sum += pa[transpose_a ? k * e.m + i : i * e.k + k] *
               pb[transpose_b ? j * e.k + k : k * e.n + j];
      pc[i * e.n + j] = sum;
    }
  });
}

}  // namespace

Tensor CpuBackend::gemm(const Tensor& a, bool transpose_a, const Tensor& b,
                        bool transpose_b) const {
  const Extents e{a.dim(transpose_a), b.dim(!transpose_b), a.dim(!transpose_a)};
  Tensor c({e.m, e.n}, a.dtype());
  if (a.dtype() == DType::f32 && onednn::available()) {
    gemm_by_library(a, transpose_a, b, transpose_b, e, c);
    return c;
  }
  dispatch_floating(a.dtype(), "gemm", [&](auto type) {
    gemm_in_plain_loops<decltype(type)>(a, transpose_a, b, transpose_b, e, c);
  });
  return c;
}

}  // namespace backlight::kernels
