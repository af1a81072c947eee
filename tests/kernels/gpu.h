// Tests that run on every GPU there is: the simulated one, and a real one if the machine has it.
#pragma once

#include "kernels/device.h"
#include "kernels/precision.h"
#include "tests/testing.h"

namespace backlight::testing {

// The devices beside the processor that can be opened here.
inline std::vector<Device> gpus() {
  std::vector<Device> devices;
  for (const Device device : kernels::available_devices())
    if (device != Device::cpu) devices.push_back(device);
  return devices;
}

class GpuTest : public ::testing::TestWithParam<Device> {
 protected:
  void SetUp() override { kernels::open_device(GetParam()); }
  void TearDown() override { kernels::set_precision(kernels::Precision::fp32); }

  Tensor on_gpu(const Tensor& x) const { return x.to(GetParam()); }

  // Expects compute(), whose result lies on the GPU, to come as close to `expected` in every
  // precision as that precision can.
  template <typename F>
  void expect_precise(const char* what, const Tensor& expected, F&& compute) const {
    SCOPED_TRACE(what);
    for (std::size_t i = 0; i < kernels::precision_names().size(); ++i) {
      constexpr double kTolerance[] = {2e-6, 2e-3, 2e-2};
      kernels::set_precision(static_cast<kernels::Precision>(i));
      EXPECT_TRUE(is_close(compute().to(Device::cpu), expected, kTolerance[i]))
          << kernels::precision_names()[i];
    }
    kernels::set_precision(kernels::Precision::fp32);
  }
};

// Runs the tests of a GpuTest on each GPU; a build without any has none to run.
#define BACKLIGHT_ON_EVERY_GPU(Suite)                                                           \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Suite);                                         \
  INSTANTIATE_TEST_SUITE_P(Gpus, Suite, ::testing::ValuesIn(::backlight::testing::gpus()),      \
                           [](const auto& info) { return std::string(name_of(info.param)); })

}  // namespace backlight::testing
