// The op table on the GPUs, real and simulated: float32 there against float64 on the processor.
#include "tests/autograd/differentiate.h"
#include "tests/kernels/gpus.h"

namespace backlight::testing {
namespace {

// Says of each kind of GPU whether this run tests it.
class EveryGpu : public OnEachGpu {};

TEST_P(EveryGpu, KeepsWhatItIsGiven) {
  const Tensor tensor = uniform({3}, DType::f32, 1);
  EXPECT_EQ(there(tensor).device(), GetParam());
  EXPECT_TRUE(has_same_bytes(here(there(tensor)), tensor));
}

TEST_ON_EACH_GPU(EveryGpu);

struct DeviceCase {
  Device device;
  const OpCase* op_case;
};

void PrintTo(const DeviceCase& device_case, std::ostream* out) {
  *out << device_case.op_case->name << " on " << name_of(device_case.device);
}

std::vector<DeviceCase> device_cases() {
  std::vector<DeviceCase> cases;
  for (const Device device : kernels::available_devices())
    if (device != Device::cpu)
      for (const auto* table : {&small_cases(), &large_cases()})
        for (const OpCase& op_case : *table) cases.push_back({device, &op_case});
  return cases;
}

class DeviceCases : public ::testing::TestWithParam<DeviceCase> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DeviceCases);

TEST_P(DeviceCases, Float32IsCloseToFloat64OnTheProcessor) {
  const auto& [device, op_case] = GetParam();
  kernels::open_device(device);
  const Gradients exact = differentiate(*op_case, DType::f64, false);
  const Gradients quick = differentiate(*op_case, DType::f32, false, device);
  EXPECT_EQ(quick.output.dtype(), DType::f32);
  EXPECT_TRUE(is_close(quick.output, exact.output, 1e-5));
  expect_all_close(quick.of_inputs, exact.of_inputs, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Ops, DeviceCases, ::testing::ValuesIn(device_cases()),
                         [](const auto& info) {
                           return str(name_of(info.param.device), "_",
                                      test_name_of(*info.param.op_case));
                         });

}  // namespace
}  // namespace backlight::testing
