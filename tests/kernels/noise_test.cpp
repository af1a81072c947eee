// Random numbers: the published vectors of Philox, moments, and samples that stand alone.
#include "kernels/noise.h"

#include "tensor/random.h"
#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;
using Four = std::array<std::uint32_t, 4>;

// The known answers of Random123, philox4x32-10.
TEST(Philox, GivesItsPublishedAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

struct Moments {
  double mean = 0, variance = 0, third = 0, fourth = 0;
};

// Central moments, the third and fourth in units of the deviation.
Moments moments(const Tensor& values) {
  const auto count = static_cast<double>(values.numel());
  Moments m;
  for (std::int64_t i = 0; i < values.numel(); ++i) m.mean += values.at(i) / count;
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const double off = values.at(i) - m.mean;
    m.variance += off * off / count;
    m.third += off * off * off / count;
    m.fourth += off * off * off * off / count;
  }
  m.third /= std::pow(m.variance, 1.5);
  m.fourth /= m.variance * m.variance;
  return m;
}

TEST(AddNoise, IsNormal) {
  const double sigma = 0.5;
  const Tensor noisy = add_noise(Tensor::full({1, 100, 100, 1}, 2), sigma, 11, 0, 10);
  const Moments m = moments(noisy);
  // Five standard errors of a sample of 100 000.
  EXPECT_NEAR(m.mean, 2, 5 * sigma / std::sqrt(1e5));
  EXPECT_NEAR(m.variance, sigma * sigma, 5 * sigma * sigma * std::sqrt(2 / 1e5));
  EXPECT_NEAR(m.third, 0, 5 * std::sqrt(6 / 1e5));
  EXPECT_NEAR(m.fourth, 3, 5 * std::sqrt(24 / 1e5));
}

TEST(AddNoise, NeighboursAndSamplesAreIndependent) {
  const Tensor z = add_noise(Tensor::zeros({1, 40000}), 1, 3, 0, 2);
  const float* a = z.data<float>();
  const float* b = a + 40000;
  for (const int lag : {1, 2, 3, 4}) {
    double sum = 0;
    for (int i = 0; i + lag < 40000; ++i) sum += static_cast<double>(a[i] * a[i + lag]);
    EXPECT_NEAR(sum / 40000, 0, 5 / std::sqrt(40000.0)) << "lag " << lag;
  }
  EXPECT_NEAR(dot(z.rows(0, 1), z.rows(1, 1)) / 40000, 0, 5 / std::sqrt(40000.0));
  EXPECT_NE(a[0], b[0]);
}

TEST(AddNoise, ASampleStandsAlone) {
  const Tensor x = uniform({1, 50, 70, 3}, DType::f32, 1);
  const Tensor all = add_noise(x, 0.3, 42, 10, 5);
  ASSERT_EQ(all.shape(), (Shape{5, 50, 70, 3}));
  for (std::uint64_t n = 0; n < 5; ++n)
    EXPECT_TRUE(has_same_bytes(add_noise(x, 0.3, 42, 10 + n, 1),
                               all.rows(static_cast<std::int64_t>(n), 1)));
  expect_same_bytes_on_any_threads([&] { return add_noise(x, 0.3, 42, 10, 5); });
  EXPECT_FALSE(has_same_bytes(add_noise(x, 0.3, 43, 10, 5), all));
  EXPECT_TRUE(has_same_bytes(add_noise(x, 0, 42, 10, 1), x));
  const Philox philox(42, 12);
  for (const std::uint64_t i : {0, 1, 2, 3, 8191, 8192, 10499}) {
    // To the bit, but whether sum and product are fused is the compiler's choice.
    const float noisy = all.rows(2, 1).data<float>()[i], normal = philox.normal(i);
    const volatile float product = 0.3f * normal;
    EXPECT_TRUE(noisy == std::fma(0.3f, normal, x.data<float>()[i]) ||
                noisy == x.data<float>()[i] + product)
        << noisy;
  }
}

TEST(AddNoise, RefusesABatch) {
  EXPECT_EQ(message_of([] {
              add_noise(Tensor::zeros({2, 3}), 1, 0, 0, 1);
            }),
            "add_noise wants one input, not [2, 3]");
}

TEST(DropoutMask, KeepsItsShareAndItsMean) {
  const double p = 0.3;
  const Tensor mask = dropout_mask({400, 250}, p, 5, 0, DType::f32);
  std::int64_t zeros = 0;
  for (std::int64_t i = 0; i < mask.numel(); ++i) {
    const double value = mask.at(i);
    zeros += value == 0;
    ASSERT_TRUE(value == 0 || value == static_cast<double>(static_cast<float>(1 / (1 - p))));
  }
  EXPECT_NEAR(static_cast<double>(zeros) / 1e5, p, 5 * std::sqrt(p * (1 - p) / 1e5));
  expect_same_bytes_on_any_threads([&] { return dropout_mask({400, 250}, p, 5, 0, DType::f32); });
  EXPECT_FALSE(has_same_bytes(dropout_mask({400, 250}, p, 5, 1, DType::f32), mask));
  EXPECT_EQ(norm(dropout_mask({4}, 0, 5, 0, DType::f64)), 2);
  EXPECT_NE(message_of([] { dropout_mask({4}, 1, 0, 0, DType::f32); }), "");
  EXPECT_NE(message_of([] { dropout_mask({4}, -0.1, 0, 0, DType::f32); }), "");
}

}  // namespace
}  // namespace backlight::kernels
