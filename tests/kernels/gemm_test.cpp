#include "kernels/gemm.h"

#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

TEST(Gemm, ComputesItsDefinition) {
  const Tensor a = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor b = Tensor::from<float>({1, 0, 0, 1, 1, 1}, {3, 2});
  const Tensor c = gemm(a, false, b, false);
  ASSERT_EQ(c.shape(), (Shape{2, 2}));
  EXPECT_EQ(c.at(0), 4);
  EXPECT_EQ(c.at(1), 5);
  EXPECT_EQ(c.at(2), 10);
  EXPECT_EQ(c.at(3), 11);
}

// Extents on both sides of the pieces of 8 rows and 128 columns that products are cut into.
TEST(Gemm, EveryTransposeIsCloseToFloat64) {
  for (const auto& [m, n, k] :
       {std::array{1, 1, 1}, {1, 11, 300}, {7, 128, 64}, {8, 129, 5}, {9, 127, 33}, {17, 260, 70}})
    for (const bool left : {false, true})
      for (const bool right : {false, true}) {
        SCOPED_TRACE(str(m, " x ", n, " x ", k, left ? " A^T" : "", right ? " B^T" : ""));
        const Tensor a = uniform(left ? Shape{k, m} : Shape{m, k}, DType::f64, 1);
        const Tensor b = uniform(right ? Shape{n, k} : Shape{k, n}, DType::f64, 2);
        const Tensor exact = gemm(a, left, b, right);
        ASSERT_EQ(exact.shape(), (Shape{m, n}));
        EXPECT_TRUE(is_close(gemm(a.to(DType::f32), left, b.to(DType::f32), right), exact, 1e-5));
      }
}

TEST(Gemm, SameBytesInAnyBatchAndOnAnyNumberOfThreads) {
  for (const auto& [m, n, k] : {std::array{5, 11, 1024}, {19, 130, 777}, {3, 128, 4096}}) {
    SCOPED_TRACE(str(m, " x ", n, " x ", k));
    const Tensor a = uniform({m, k}, DType::f32, 1);
    for (const bool transposed : {false, true}) {
      const Tensor b = uniform(transposed ? Shape{n, k} : Shape{k, n}, DType::f32, 2);
      expect_same_bytes_in_any_batch(
          a, [&](const Tensor& rows) { return gemm(rows, false, b, transposed); });
      expect_same_bytes_on_any_threads([&] { return gemm(a, false, b, transposed); });
      expect_same_bytes_on_any_threads([&] { return gemm(a.rows(0, 1), false, b, transposed); });
    }
  }
}

TEST(Gemm, MultipliesNothing) {
  EXPECT_EQ(gemm(Tensor::zeros({0, 3}), false, Tensor::zeros({3, 4}), false).shape(),
            (Shape{0, 4}));
  EXPECT_EQ(gemm(Tensor::zeros({2, 3}), false, Tensor::zeros({3, 0}), false).shape(),
            (Shape{2, 0}));
  const Tensor empty_sum = gemm(Tensor::zeros({2, 0}), false, Tensor::zeros({0, 3}), false);
  ASSERT_EQ(empty_sum.shape(), (Shape{2, 3}));
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(empty_sum.at(i), 0);
}

TEST(Gemm, RefusesShapesThatDoNotFit) {
  const Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({3, 4});
  EXPECT_EQ(message_of([&] { gemm(a, true, b, false); }),
            "gemm: [2, 3] transposed does not fit [3, 4]");
  EXPECT_EQ(message_of([&] { gemm(Tensor::zeros({2}), false, b, false); }),
            "gemm wants two matrices, not [2] and [3, 4]");
  EXPECT_EQ(message_of([&] { gemm(a, false, b.to(DType::f64), false); }),
            "gemm of float32 and float64");
}

}  // namespace
}  // namespace backlight::kernels
