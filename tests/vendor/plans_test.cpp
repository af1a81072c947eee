// cuDNN plans convolutions for a GPU that it only knows by description, so that our descriptions
// of them are tested where there is no GPU.
#include <gtest/gtest.h>

#include <set>

#include "kernels/vendor/convolution.h"

namespace backlight::kernels::vendor {
namespace {

// An H100 as cuDNN writes it down.
constexpr const char* kHopper =
    R"({"maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
        "deviceName": "NVIDIA H100 80GB HBM3", "deviceVer": 900, "driverVer": 13000,
        "regsPerBlock": 65536, "multiProcessorCount": 132, "smClockRateKHz": 1980000,
        "memClockRateKHz": 2619000, "l2CacheSize": 52428800, "warpSize": 32,
        "maxSharedMemoryPerBlock": 49152, "maxSharedMemoryPerBlockOptin": 232448,
        "reservedSharedMemoryPerBlock": 1024, "maxRegistersPerSM": 65536, "pciDeviceId": 0,
        "maxCtasPerSM": 32, "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "isTccDriver": 0,
        "supportCoopLaunch": 1, "totalGlobalMem": 85000000000, "cudaDeviceId": 0})";

class VendorPlans : public testing::Test {
 protected:
  void SetUp() override {
    gpu.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::string(kHopper));
    if (!gpu.try_finalize())
      GTEST_SKIP() << "cuDNN " << CUDNN_FUNCTION(cudnnGetVersion)()
                   << " writes GPUs down in another way";
  }
  Descriptor gpu{CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR};
};

ConvolutionProblem problem_of(Direction direction, std::int64_t size, std::int64_t in,
                              std::int64_t out, Precision precision) {
  ConvolutionProblem problem{direction, {32, size, size, in}, {out, 3, 3, in}, {1, 1}, precision};
  // Engines for a float result of bfloat16 factors are compiled as they are planned, by the driver.
  problem.bf16_result = precision == Precision::bf16;
  return problem;
}

TEST_F(VendorPlans, ExistForEveryConvolutionOfTheFoodCnn) {
  struct Extents {
    std::int64_t size, in, out;
  };
  for (const auto& [size, in, out] :
       {Extents{128, 3, 128}, Extents{128, 128, 128}, Extents{32, 128, 256}, Extents{8, 512, 512}})
    for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16})
      for (const Direction direction :
           {Direction::forward, Direction::data_gradient, Direction::weight_gradient}) {
        const ConvolutionProblem problem = problem_of(direction, size, in, out, precision);
        EXPECT_FALSE(convolution_plans(problem, gpu, 1).empty()) << problem.name();
      }
}

TEST_F(VendorPlans, FuseBiasAndRelu) {
  for (const Precision precision : {Precision::fp32, Precision::tf32}) {
    ConvolutionProblem problem = problem_of(Direction::forward, 32, 128, 256, precision);
    problem.bias = problem.relu = true;
    EXPECT_FALSE(convolution_plans(problem, gpu, 1).empty()) << problem.name();
  }
}

TEST_F(VendorPlans, ExistForOddGeometries) {
  for (const Conv2dGeometry geometry : {Conv2dGeometry{2, 1}, Conv2dGeometry{1, 0}})
    for (const Direction direction :
         {Direction::forward, Direction::data_gradient, Direction::weight_gradient}) {
      ConvolutionProblem problem = problem_of(direction, 17, 5, 6, Precision::fp32);
      problem.geometry = geometry;
      EXPECT_FALSE(convolution_plans(problem, gpu, 1).empty()) << problem.name();
    }
}

std::set<std::int64_t> engines(const std::vector<ConvolutionPlan>& plans) {
  std::set<std::int64_t> found;
  for (const ConvolutionPlan& plan : plans) found.insert(plan.engine());
  return found;
}

TEST_F(VendorPlans, KeepTensorCoresOutOfFp32) {
  const auto in = [&](Precision precision) {
    return engines(
        convolution_plans(problem_of(Direction::forward, 32, 128, 256, precision), gpu, 100));
  };
  const std::set<std::int64_t> exact = in(Precision::fp32), rounded = in(Precision::tf32);
  EXPECT_FALSE(exact.empty());
  EXPECT_GT(rounded.size(), exact.size());
  for (const std::int64_t engine : exact) EXPECT_TRUE(rounded.contains(engine)) << engine;
}

TEST_F(VendorPlans, AreAtMostAsManyAsAskedFor) {
  const ConvolutionProblem problem = problem_of(Direction::forward, 32, 128, 256, Precision::tf32);
  EXPECT_EQ(convolution_plans(problem, gpu, 3).size(), 3u);
}

TEST_F(VendorPlans, NameWhatCudnnRefuses) {
  // Weights of five channels for an input of three.
  ConvolutionProblem problem = problem_of(Direction::forward, 32, 3, 8, Precision::fp32);
  problem.weight = {8, 3, 3, 5};
  try {
    (void)convolution_plans(problem, gpu, 1);
    FAIL() << "cuDNN took weights that do not fit";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("conv2d of [32, 32, 32, 3] and [8, 3, 3, 5]"), std::string::npos)
        << message;
    EXPECT_NE(message.find("CUDNN_STATUS_"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace backlight::kernels::vendor
