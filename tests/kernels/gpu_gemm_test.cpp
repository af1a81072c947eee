// Matrix products on the GPUs there are, against float64 on the processor in every precision.
#include "kernels/gemm.h"

#include "tests/kernels/gpu_precision.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuGemm : public InEachPrecision {};
TEST_ON_EACH_GPU(GpuGemm);

struct Extents {
  std::int64_t m, n, k;
};

// The operands of a product, on the processor.
struct Operands {
  bool transpose_a, transpose_b;
  Tensor a, b;

  Operands(const Extents& e, bool transpose_a_, bool transpose_b_)
      : transpose_a(transpose_a_),
        transpose_b(transpose_b_),
        a(uniform(transpose_a ? Shape{e.k, e.m} : Shape{e.m, e.k}, DType::f32, 1)),
        b(uniform(transpose_b ? Shape{e.n, e.k} : Shape{e.k, e.n}, DType::f32, 2)) {}

  Tensor exact() const {
    return gemm(a.to(DType::f64), transpose_a, b.to(DType::f64), transpose_b);
  }
};

// Calls f for the four ways in which operands can lie in memory.
template <typename F>
void for_transpositions(const Extents& e, F&& f) {
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      SCOPED_TRACE(str(e.m, " x ", e.n, " x ", e.k, transpose_a ? ", A transposed" : "",
                       transpose_b ? ", B transposed" : ""));
      f(Operands(e, transpose_a, transpose_b));
    }
  }
}

TEST_P(GpuGemm, IsExactInAnyTransposition) {
  // With rows that are aligned and that are not; the last product is split along k.
  const Extents products[] = {{1, 1, 1}, {3, 5, 7}, {65, 68, 36}, {9, 11, 2052}};
  for (const Extents& e : products)
    for_transpositions(e, [&](const Operands& o) {
      expect_precise("gemm", o.exact(),
                     [&] { return gemm(there(o.a), o.transpose_a, there(o.b), o.transpose_b); });
    });
}

// So many rows that tiles of 128 x 128 are chosen; a few of them alone take tiles of 64 x 64.
TEST_P(GpuGemm, RowsDoNotDependOnTheOthers) {
  const Extents many{1410, 900, 8};
  for_transpositions(many, [&](const Operands& o) {
    const Tensor a = there(o.a), b = there(o.b);
    const Tensor c = gemm(a, o.transpose_a, b, o.transpose_b).to(Device::cpu);
    EXPECT_TRUE(is_close(c, o.exact(), 2e-6));
    if (o.transpose_a) return;
    for (const std::int64_t first : {0, 700, 1380})
      EXPECT_TRUE(has_same_bytes(gemm(a.rows(first, 23), false, b, o.transpose_b).to(Device::cpu),
                                 c.rows(first, 23)));
  });
  const Operands o(many, false, true);
  expect_precise("large tiles", o.exact(),
                 [&] { return gemm(there(o.a), false, there(o.b), true); });
}

TEST_P(GpuGemm, SplitRowsDoNotDependOnTheOthers) {
  const Operands o({70, 24, 2080}, false, true);
  const Tensor a = there(o.a), b = there(o.b);
  const Tensor c = gemm(a, false, b, true).to(Device::cpu);
  EXPECT_TRUE(is_close(c, o.exact(), 2e-6));
  EXPECT_TRUE(has_same_bytes(gemm(a.rows(66, 1), false, b, true).to(Device::cpu), c.rows(66, 1)));
}

TEST_P(GpuGemm, TakesMatricesThatAreNotAligned) {
  const Tensor memory = uniform({1 + 96}, DType::f32, 1), b = uniform({32, 8}, DType::f32, 2);
  const auto shifted = [](const Tensor& x) { return x.rows(1, 96).reshape({3, 32}); };
  EXPECT_TRUE(is_close(gemm(shifted(there(memory)), false, there(b), false).to(Device::cpu),
                       gemm(shifted(memory).to(DType::f64), false, b.to(DType::f64), false), 2e-6));
}

TEST_P(GpuGemm, PassesInfinitiesAndNaNOn) {
  Tensor a = Tensor::full({2, 8}, 1);
  a.mutable_data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  const Tensor c = gemm(there(a), false, there(Tensor::full({8, 1}, 2)), false).to(Device::cpu);
  EXPECT_TRUE(std::isnan(c.at(0)));
  EXPECT_EQ(c.at(1), 16);
}

TEST_P(GpuGemm, RefusesFloat64) {
  const Tensor a = there(Tensor::zeros({2, 2}, DType::f64));
  EXPECT_NE(message_of([&] { gemm(a, false, a, false); }).find("float32"), std::string::npos);
}

}  // namespace
}  // namespace backlight::kernels
