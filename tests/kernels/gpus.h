// Tests that run once on each kind of GPU: real and simulated.
#pragma once

#include <limits>
#include <ostream>

#include "kernels/device.h"
#include "tests/testing.h"

namespace backlight {

// So that GoogleTest names it.
inline void PrintTo(Device device, std::ostream* out) { *out << name_of(device); }

}  // namespace backlight

namespace backlight::testing {

// A test of it runs on the device GetParam(), or is skipped and says why.
class OnEachGpu : public ::testing::TestWithParam<Device> {
 protected:
  void SetUp() override {
    const std::string problem = kernels::why_unavailable(GetParam());
    if (!problem.empty()) GTEST_SKIP() << "the device " << name_of(GetParam()) << " " << problem;
    kernels::open_device(GetParam());
  }

  static Tensor there(const Tensor& tensor) { return tensor.to(GetParam()); }
};

inline Tensor here(const Tensor& tensor) { return tensor.to(Device::cpu); }

// Instantiates the tests of a class derived from OnEachGpu.
#define TEST_ON_EACH_GPU(suite)                                                      \
  INSTANTIATE_TEST_SUITE_P(Gpu, suite, ::testing::Values(Device::cuda, Device::sim), \
                           [](const auto& info) { return std::string(name_of(info.param)); })

// Sizes around those of vectors, warps, and blocks.
inline const std::int64_t kAwkwardSizes[] = {1,   3,   4,    31,   32,   33,   255,
                                             256, 257, 1023, 1024, 1025, 4096, 5003};

// A tensor with the same elements that begins in the middle of a vector.
inline Tensor misaligned(const Tensor& tensor) {
  const Tensor padded = concatenate(
      {Tensor::zeros({1}, tensor.dtype(), tensor.device()), tensor.reshape({tensor.numel()})});
  return padded.rows(1, tensor.numel()).reshape(tensor.shape());
}

// Random numbers with NaN, both infinities and both zeros among them.
inline Tensor with_extremes(const Shape& shape, std::uint64_t seed) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float extremes[] = {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity, 0.0f,
                            -0.0f};
  Tensor out = uniform(shape, DType::f32, seed);
  Random random(seed, 1);
  float* values = out.mutable_data<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    if (random.below(4) == 0) values[i] = extremes[random.below(5)];
  return out;
}

}  // namespace backlight::testing
