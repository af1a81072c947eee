// Reductions on the GPUs: sums, moments, gradients added up. Against float64, and the same bytes
// where the batch must not matter.
#include "kernels/batch_norm.h"
#include "kernels/elementwise.h"
#include "kernels/gradient_sums.h"
#include "kernels/optimiser.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuSums : public OnEachGpu {};
class GpuBatchNorm : public OnEachGpu {};
class GpuGradientSums : public OnEachGpu {};
class GpuAdam : public OnEachGpu {};

TEST_P(GpuSums, AreThoseOfFloat64) {
  const std::pair<Shape, Shape> shapes[] = {{{70001}, {}},
                                            {{1}, {}},
                                            {{700, 130}, {130}},
                                            {{513, 130}, {513, 1}},
                                            {{6000, 3}, {3}},
                                            {{9000, 3}, {9000, 1}},
                                            {{7, 1025}, {1025}},
                                            {{3, 5, 7, 11}, {1, 5, 1, 11}},
                                            {{3, 5, 7, 11}, {5, 1, 11}},
                                            {{3, 5, 7, 11}, {3, 1, 7, 1}},
                                            {{2, 3, 2, 3, 2}, {3, 1, 3, 1}},
                                            {{1, 4, 1}, {4, 1}}};
  for (const auto& [from, to] : shapes) {
    const Tensor x = uniform(from, DType::f32, 1, -1, 3);
    EXPECT_TRUE(is_close(here(sum_to(there(x), to)), sum_to(x.to(DType::f64), to), 1e-7))
        << from << " to " << to;
  }
  const Tensor nothing = here(sum_to(there(Tensor::zeros({0, 3})), {3}));
  EXPECT_TRUE(has_same_bytes(nothing, Tensor::zeros({3})));
  EXPECT_EQ(sum_to(there(Tensor::zeros({5, 0})), {1, 0}).numel(), 0);
}

// 1 + 2^-24 + ... would stay 1 in float32.
TEST_P(GpuSums, AccumulateInFloat64) {
  Tensor x = Tensor::full({40000}, 0x1p-24);
  x.mutable_data<float>()[0] = 1;
  EXPECT_EQ(here(sum_to(there(x), {})).item(),
            static_cast<double>(static_cast<float>(1 + 39999 * 0x1p-24)));
}

TEST_P(GpuSums, OfARowDoNotDependOnTheOthers) {
  for (const std::int64_t length : {5, 300, 20000}) {
    const Tensor x = there(uniform({3, length}, DType::f32, 1));
    const Tensor all = here(sum_to(x, {3, 1}));
    for (std::int64_t row = 0; row < 3; ++row)
      EXPECT_TRUE(has_same_bytes(here(sum_to(x.rows(row, 1), {1, 1})), all.rows(row, 1)));
  }
}

TEST_P(GpuBatchNorm, MomentsOfAnyNumberOfChannels) {
  for (const std::int64_t channels : {1, 3, 4, 33, 130, 132})
    for (const std::int64_t rows : {1, 2, 31, 700}) {
      const Tensor x = uniform({rows, channels}, DType::f32, 1, -1, 2);
      const ChannelMoments actual = channel_moments(there(x));
      const ChannelMoments expected = channel_moments(x.to(DType::f64));
      EXPECT_TRUE(is_close(here(actual.mean), expected.mean, 1e-6)) << x.shape();
      if (rows == 1)
        EXPECT_TRUE(has_same_bytes(here(actual.variance), Tensor::zeros({channels})));
      else
        EXPECT_TRUE(is_close(here(actual.variance), expected.variance, 1e-6)) << x.shape();
    }
}

TEST_P(GpuBatchNorm, ASmallSpreadAroundALargeMean) {
  const Tensor x = affine(uniform({3000, 5}, DType::f32, 1), 1, 1e4);
  const ChannelMoments actual = channel_moments(there(x));
  const ChannelMoments expected = channel_moments(x.to(DType::f64));
  EXPECT_TRUE(is_close(here(actual.mean), expected.mean, 1e-7));
  EXPECT_TRUE(is_close(here(actual.variance), expected.variance, 1e-6));
}

TEST_P(GpuBatchNorm, OutputsAndGradients) {
  for (const std::int64_t channels : {1, 3, 4, 33, 132})
    for (const std::int64_t pixels : {9, 400}) {
      const Tensor x = uniform({2, pixels, 1, channels}, DType::f32, 1, -1, 2);
      const Tensor g = uniform(x.shape(), DType::f32, 2);
      const Tensor gamma = uniform({channels}, DType::f32, 3), beta = affine(gamma, 2, 1);
      const Tensor x64 = x.to(DType::f64), gamma64 = gamma.to(DType::f64);
      const ChannelMoments moments = channel_moments(there(x)), exact = channel_moments(x64);
      EXPECT_TRUE(is_close(here(batch_norm(there(x), moments, there(gamma), there(beta), 1e-5)),
                           batch_norm(x64, exact, gamma64, beta.to(DType::f64), 1e-5), 1e-6))
          << x.shape();
      const BatchNormGradients actual =
          batch_norm_gradients(there(x), moments, there(gamma), 1e-5, there(g));
      const BatchNormGradients expected =
          batch_norm_gradients(x64, exact, gamma64, 1e-5, g.to(DType::f64));
      EXPECT_TRUE(is_close(here(actual.x), expected.x, 3e-6)) << x.shape();
      EXPECT_TRUE(is_close(here(actual.gamma), expected.gamma, 3e-6)) << x.shape();
      EXPECT_TRUE(is_close(here(actual.beta), expected.beta, 1e-6)) << x.shape();
    }
}

// Adds rows [0, N) in parts of `part` rows.
GradientSums added(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                   std::int64_t part) {
  GradientSums sums = zero_gradient_sums(g.shape().with(0, 1), g.device());
  for (std::int64_t first = 0; first < g.dim(0); first += part) {
    const std::int64_t count = std::min(part, g.dim(0) - first);
    add_gradients(g.rows(first, count), {weights.begin() + first, weights.begin() + first + count},
                  magnitude, sums);
  }
  return {here(sums.sum), here(sums.squares)};
}

TEST_P(GpuGradientSums, HaveTheSameBytesInAnyParts) {
  constexpr std::int64_t kRows = 131;  // more than two launches take
  std::vector<double> weights;
  Random random(9);
  for (std::int64_t n = 0; n < kRows; ++n) weights.push_back(random.uniform(-1, 1));
  for (const std::int64_t size : {1, 3, 4, 257, 1028}) {
    const Tensor g = uniform({kRows, size}, DType::f32, 1);
    for (const bool magnitude : {false, true}) {
      const GradientSums whole = added(there(g), weights, magnitude, kRows);
      const GradientSums expected = added(g, weights, magnitude, kRows);
      EXPECT_TRUE(is_close(whole.sum, expected.sum, 1e-14));
      EXPECT_TRUE(is_close(whole.squares, expected.squares, 1e-14));
      for (const std::int64_t part : {1, 5, 64, 100}) {
        const GradientSums parts = added(there(g), weights, magnitude, part);
        EXPECT_TRUE(has_same_bytes(parts.sum, whole.sum)) << size << " in " << part;
        EXPECT_TRUE(has_same_bytes(parts.squares, whole.squares)) << size << " in " << part;
      }
    }
  }
}

TEST_P(GpuAdam, TakesTheProcessorsSteps) {
  for (const std::int64_t size : {1, 4, 255, 1030}) {
    Tensor parameter = uniform({size}, DType::f32, 1), m = Tensor::zeros({size}),
           v = Tensor::zeros({size});
    Tensor gpu_parameter = there(parameter), gpu_m = there(m), gpu_v = there(v);
    const Tensor start = parameter.clone();
    for (int t = 1; t <= 10; ++t) {
      const AdamCoefficients c{.rate = 0.01 / (1 - std::pow(0.9, t)),
                               .spread = std::sqrt(1 - std::pow(0.999, t))};
      const Tensor g = uniform({size}, DType::f32, 10 + static_cast<std::uint64_t>(t));
      adam_update(parameter, m, v, g, c);
      adam_update(gpu_parameter, gpu_m, gpu_v, there(g), c);
    }
    EXPECT_GT(distance(parameter, start), 1e-3);
    EXPECT_TRUE(is_close(here(gpu_parameter), parameter, 1e-6)) << size;
    EXPECT_TRUE(is_close(here(gpu_m), m, 1e-6)) << size;
    EXPECT_TRUE(is_close(here(gpu_v), v, 1e-6)) << size;
  }
}

TEST_ON_EACH_GPU(GpuSums);
TEST_ON_EACH_GPU(GpuBatchNorm);
TEST_ON_EACH_GPU(GpuGradientSums);
TEST_ON_EACH_GPU(GpuAdam);

}  // namespace
}  // namespace backlight::kernels
