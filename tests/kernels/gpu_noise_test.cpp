// Random numbers on the GPUs: the processor's integers bit by bit, its normal numbers within
// rounding, and samples that stand alone.
#include "kernels/noise.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuNoise : public OnEachGpu {};

constexpr std::uint64_t kLongSeed = 0x123456789abcdef1, kLongStream = 0xfedcba9876543210;

// 24 of the 32 bits of each number, tried against many thresholds.
TEST_P(GpuNoise, UniformNumbersAreTheProcessors) {
  for (const std::int64_t size : kAwkwardSizes)
    for (const double p : {0.0, 0.25, 0.5, 0.999}) {
      const Tensor expected = dropout_mask({size}, p, kLongSeed, kLongStream, DType::f32);
      EXPECT_TRUE(has_same_bytes(
          here(dropout_mask({size}, p, kLongSeed, kLongStream, DType::f32, GetParam())), expected))
          << size << " with " << p;
    }
}

TEST_P(GpuNoise, ThresholdsMeetTheLastBit) {
  const Philox philox(3, 4);
  for (const std::uint64_t i : {0, 1, 2, 3, 4, 7, 30}) {
    const float u = philox.uniform(i);
    ASSERT_GT(u, 0);
    const auto kept = [&](float p) {
      const double threshold{p};
      return here(dropout_mask({31}, threshold, 3, 4, DType::f32, GetParam()))
                 .at(static_cast<std::int64_t>(i)) != 0;
    };
    EXPECT_TRUE(kept(u)) << i;
    EXPECT_FALSE(kept(std::nextafter(u, 1.0f))) << i;
  }
}

// Box and Muller's angle is exact here and rounded there: 6e-7, times a radius of at most 5.8.
TEST_P(GpuNoise, NormalNumbersAreTheProcessorsWithinRounding) {
  for (const std::int64_t size : {1, 3, 4, 1023, 4100}) {
    const Tensor x = Tensor::zeros({1, size});
    const Tensor expected = add_noise(x, 1, kLongSeed, kLongStream, 3);
    const Tensor actual = here(add_noise(there(x), 1, kLongSeed, kLongStream, 3));
    ASSERT_EQ(actual.shape(), expected.shape());
    for (std::int64_t i = 0; i < expected.numel(); ++i)
      ASSERT_TRUE(std::abs(actual.at(i) - expected.at(i)) <= 5e-6)
          << i << ": " << actual.at(i) << " instead of " << expected.at(i);
  }
}

TEST_P(GpuNoise, ASampleStandsAlone) {
  for (const Shape& shape : {Shape{1, 5, 7, 3}, Shape{1, 8, 8, 3}}) {
    const Tensor x = there(uniform(shape, DType::f32, 1));
    const Tensor all = here(add_noise(x, 0.3, 42, 10, 6));
    for (std::int64_t first = 0; first < 6; ++first)
      for (const std::int64_t count : {1, 2, 5}) {
        if (first + count > 6) continue;
        const Tensor some =
            here(add_noise(x, 0.3, 42, 10 + static_cast<std::uint64_t>(first), count));
        EXPECT_TRUE(has_same_bytes(some, all.rows(first, count))) << first << ", " << count;
      }
    EXPECT_FALSE(has_same_bytes(here(add_noise(x, 0.3, 43, 10, 6)), all));
    EXPECT_TRUE(has_same_bytes(here(add_noise(x, 0, 42, 10, 1)), here(x)));
    EXPECT_TRUE(has_same_bytes(here(add_noise(misaligned(x), 0.3, 42, 10, 6)), all));
  }
}

TEST_ON_EACH_GPU(GpuNoise);

}  // namespace
}  // namespace backlight::kernels
