// DeepLIFT's multipliers: against their formulas in loops, and the same on GPUs.
#include "kernels/multipliers.h"

#include <algorithm>

#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

// Row 0 against three others, one of which is equal to it in every other element.
Tensor rows_of(const Shape& shape, DType dtype, std::uint64_t seed) {
  Tensor x = uniform(shape, DType::f32, seed);
  const std::int64_t row = x.numel() / x.dim(0);
  for (std::int64_t i = 0; i < row; i += 2) x.mutable_data<float>()[row + i] = x.data<float>()[i];
  return x.to(dtype);
}

TEST(Multipliers, OfAReluAreItsSlopesOrItsGradient) {
  const Tensor x = rows_of({4, 5, 3, 2}, DType::f64, 1), g = uniform(x.shape(), DType::f64, 2);
  const Tensor m = relu_multipliers(g, x, 1e-10);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double a = x.at(i % 30), b = x.at(i);
    const double slope = a == b ? (b > 0 ? 1 : 0) : (std::max(a, 0.0) - std::max(b, 0.0)) / (a - b);
    EXPECT_NEAR(m.at(i), g.at(i) * slope, 1e-15) << i;
  }
  // Within the threshold the gradient at the row's own side of the kink.
  const Tensor close = Tensor::from<double>({1e-3, -1e-3}, {2, 1});
  const Tensor ones = Tensor::full({2, 1}, 1, DType::f64);
  EXPECT_EQ(relu_multipliers(ones, close, 1e-2).at(1), 0);
  EXPECT_NEAR(relu_multipliers(ones, close, 1e-4).at(1), 0.5, 1e-15);
}

// sum_i m[n,i] (x[0,i] - x[n,i]) = sum_p g[n,p] (y[0,p] - y[n,p]), by windows that overlap or not.
TEST(Multipliers, OfAPoolingConserveWhatChanged) {
  for (const PoolGeometry at : {PoolGeometry{2, 2}, PoolGeometry{3, 2}, PoolGeometry{3, 1}}) {
    const Tensor x = rows_of({4, 7, 8, 3}, DType::f64, 3);
    PoolIndex index;
    const Tensor y = max_pool2d(x, at, &index);
    const Tensor g = uniform(y.shape(), DType::f64, 4);
    const PoolMultipliers m = max_pool2d_multipliers(g, x, index, 1e-10, 1);
    const Tensor whole = unpool2d(m.values, m.index);
    const std::int64_t row = x.numel() / 4, pooled = y.numel() / 4;
    for (std::int64_t n = 0; n < 4; ++n) {
      double change = 0, expected = 0;
      for (std::int64_t i = 0; i < row; ++i)
        change += whole.at(n * row + i) * (x.at(i) - x.at(n * row + i));
      for (std::int64_t p = 0; p < pooled; ++p)
        expected += g.at(n * pooled + p) * (y.at(p) - y.at(n * pooled + p));
      EXPECT_NEAR(change, expected, 1e-13);
      EXPECT_EQ(expected == 0, n == 0);
    }
    // Row 0 is compared with itself: its gradient.
    EXPECT_TRUE(has_same_bytes(whole.rows(0, 1), unpool2d(g, index).rows(0, 1)));
  }
}

TEST(Multipliers, OfAPoolingGoWhereTheChangeCameIn) {
  // Row 0 has its maximum in the last place, row 1 its larger one in the second, row 2 its smaller
  // one in the first, row 3 the same in both of its last places.
  const Tensor x =
      Tensor::from<double>({0, 1, 2, 4, 3, 7, 1, 1, 2, 0, 1, 1, 0, 1, 4, 4}, {4, 2, 2, 1});
  PoolIndex index;
  (void)max_pool2d(x, {2, 2}, &index);
  const Tensor g = Tensor::full({4, 1, 1, 1}, 6, DType::f64);
  const auto whole = [&](double at_ties) {
    const PoolMultipliers m = max_pool2d_multipliers(g, x, index, 1e-10, at_ties);
    const Tensor values = unpool2d(m.values, m.index);
    return std::vector<double>(values.data<double>(), values.data<double>() + 16);
  };
  // Row 1 fell from 7 to 4 at its second place, where it changed by 6: 6 * 3/6. Row 2 rose from 2
  // to 4 at row 0's last, where it changed by 3: 6 * 2/3.
  // Nothing changed in row 3, whose own place is the third: 0 of a change of -2 there.
  EXPECT_EQ(whole(1), (std::vector<double>{0, 0, 0, 6, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0}));
  EXPECT_EQ(whole(0), (std::vector<double>{0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0}));
}

TEST(Multipliers, AreTheSameInEitherLayout) {
  const Tensor x = rows_of({3, 6, 4, 32}, DType::f32, 5), g = uniform(x.shape(), DType::f32, 6);
  const Tensor blocked = x.in_layout(Layout::channels_in_16s);
  EXPECT_TRUE(has_same_bytes(relu_multipliers(g, blocked, 1e-10), relu_multipliers(g, x, 1e-10)));
  PoolIndex index, blocked_index;
  const Tensor y = max_pool2d(x, {2, 2}, &index);
  (void)max_pool2d(blocked, {2, 2}, &blocked_index);
  const PoolMultipliers m = max_pool2d_multipliers(y, x, index, 1e-10, 1);
  const PoolMultipliers other = max_pool2d_multipliers(y, blocked, blocked_index, 1e-10, 1);
  EXPECT_TRUE(has_same_bytes(other.values, m.values));
  EXPECT_TRUE(has_same_bytes(unpool2d(other.values, other.index), unpool2d(m.values, m.index)));
}

TEST(Multipliers, RefuseWhatDoesNotFit) {
  const Tensor x = uniform({2, 4, 4, 3}, DType::f32, 1);
  PoolIndex index;
  const Tensor y = max_pool2d(x, {2, 2}, &index);
  EXPECT_EQ(message_of([&] { (void)relu_multipliers(y, x, 0); }),
            "relu_multipliers: cotangents [2, 2, 2, 3] do not fit an input of [2, 4, 4, 3]");
  EXPECT_NE(message_of([&] { (void)max_pool2d_multipliers(x, x, index, 0, 1); }), "");
  EXPECT_NE(message_of([&] { (void)max_pool2d_multipliers(y, y, index, 0, 1); }), "");
}

class GpuMultipliers : public OnEachGpu {};
TEST_ON_EACH_GPU(GpuMultipliers);

TEST_P(GpuMultipliers, AreTheProcessors) {
  for (const Shape& shape : {Shape{3, 9, 8, 12}, Shape{4, 5, 7, 3}, Shape{2, 33, 2, 5}}) {
    const Tensor x = rows_of(shape, DType::f32, 7), g = uniform(shape, DType::f32, 8);
    EXPECT_TRUE(has_same_bytes(here(relu_multipliers(there(g), there(x), 1e-10)),
                               relu_multipliers(g, x, 1e-10)));
    EXPECT_TRUE(has_same_bytes(here(relu_multipliers(misaligned(there(g)), there(x), 1e-10)),
                               relu_multipliers(g, x, 1e-10)));
    for (const PoolGeometry at : {PoolGeometry{2, 2}, PoolGeometry{2, 1}}) {
      PoolIndex index, gpu_index;
      const Tensor y = max_pool2d(x, at, &index);
      (void)max_pool2d(there(x), at, &gpu_index);
      const PoolMultipliers m = max_pool2d_multipliers(y, x, index, 1e-10, 1);
      const PoolMultipliers other = max_pool2d_multipliers(there(y), there(x), gpu_index, 1e-10, 1);
      EXPECT_TRUE(has_same_bytes(here(other.values), m.values));
      EXPECT_TRUE(has_same_bytes(here(other.index.position), m.index.position));
    }
  }
}

}  // namespace
}  // namespace backlight::kernels
