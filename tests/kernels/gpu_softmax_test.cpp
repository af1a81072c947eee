// Softmax and picking on the GPUs: rows of any length, and rows that hold no finite number.
#include "kernels/softmax.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuSoftmax : public OnEachGpu {};

TEST_P(GpuSoftmax, RowsOfAnyLength) {
  for (const std::int64_t length : {1, 2, 11, 31, 32, 33, 128, 1023, 1024, 1025, 1028, 4099}) {
    const Tensor x = uniform({9, length}, DType::f32, 1, -20, 20), exact = x.to(DType::f64);
    const Tensor y = here(softmax(there(x)));
    EXPECT_TRUE(is_close(y, softmax(exact), 1e-6)) << length;
    const Tensor log_y = here(log_softmax(there(x)));
    if (length > 1) {
      EXPECT_TRUE(is_close(log_y, log_softmax(exact), 1e-6)) << length;
    }
    EXPECT_TRUE(has_same_bytes(here(softmax(there(x.rows(7, 1)))), y.rows(7, 1))) << length;
    EXPECT_TRUE(is_close(here(softmax(misaligned(there(x)))), softmax(exact), 1e-6)) << length;
  }
}

TEST_P(GpuSoftmax, NumbersFarFromZero) {
  for (const float offset : {-1e30f, -1000.0f, 1000.0f, 1e30f}) {
    const Tensor y = here(softmax(there(Tensor::full({2, 40}, offset))));
    EXPECT_TRUE(has_same_bytes(y, Tensor::full({2, 40}, 1.0f / 40))) << offset;
  }
}

TEST_P(GpuSoftmax, WhatIsNoNumberStaysInItsRow) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t length : {7, 1500})
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity}) {
      Tensor x = uniform({3, length}, DType::f32, 1);
      const Tensor before = here(softmax(there(x)));
      x.mutable_data<float>()[length + length / 2] = bad;
      const Tensor y = here(softmax(there(x))), log_y = here(log_softmax(there(x)));
      for (std::int64_t i = length; i < 2 * length; ++i) {
        EXPECT_TRUE(std::isnan(y.at(i))) << i;
        EXPECT_TRUE(std::isnan(log_y.at(i))) << i;
      }
      EXPECT_TRUE(has_same_bytes(y.rows(0, 1), before.rows(0, 1)));
      EXPECT_TRUE(has_same_bytes(y.rows(2, 1), before.rows(2, 1)));
    }
  Tensor closed = uniform({1, 9}, DType::f32, 1);
  closed.mutable_data<float>()[4] = -infinity;
  const Tensor y = here(softmax(there(closed)));
  EXPECT_EQ(y.at(4), 0);
  EXPECT_TRUE(is_close(y, softmax(closed.to(DType::f64)), 1e-6));
}

TEST_P(GpuSoftmax, PickAndPlace) {
  for (const std::int64_t rows : {1, 33, 257}) {
    const Tensor x = uniform({rows, 11}, DType::f32, 1), g = uniform({rows}, DType::f32, 2);
    Tensor index({rows}, DType::i64);
    for (std::int64_t n = 0; n < rows; ++n) index.mutable_data<std::int64_t>()[n] = n * 7 % 11;
    EXPECT_TRUE(has_same_bytes(here(pick(there(x), index)), pick(x, index)));
    EXPECT_TRUE(has_same_bytes(here(place(there(g), there(index), 11)), place(g, index, 11)));
  }
}

TEST_ON_EACH_GPU(GpuSoftmax);

}  // namespace
}  // namespace backlight::kernels
