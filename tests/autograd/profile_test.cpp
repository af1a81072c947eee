// What a profile is told of layers by the recording and by grad.
#include "kernels/profile.h"

#include <algorithm>

#include "autograd/grad.h"
#include "autograd/ops.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

TEST(Profile, KnowsTheLayerOfEachOpForwardAndBackward) {
  const Tensor x = uniform({4, 6}, DType::f32, 1), w = uniform({6, 5}, DType::f32, 2);
  kernels::Profile profile(Device::cpu);
  {
    Recording recording;
    const Var input = recording.input(x);
    Var hidden, out;
    {
      const LayerScope net("net");
      {
        const LayerScope first("0");
        hidden = matmul(input, false, w, false);
      }
      const LayerScope second("1");
      out = tanh(hidden);
    }
    grad(sum(exp(out)), input);
  }
  const std::vector<kernels::LaunchRecord> records = profile.finish();
  const auto count = [&](const std::string& layer, kernels::Pass pass, const std::string& kernel) {
    return std::count_if(records.begin(), records.end(), [&](const auto& record) {
      return record.layer == layer && record.pass == pass && record.kernel == kernel;
    });
  };
  EXPECT_EQ(count("net.0", kernels::Pass::forward, "gemm"), 1);
  EXPECT_EQ(count("net.0", kernels::Pass::backward, "gemm"), 1)
      << "only x's gradient was asked for";
  EXPECT_EQ(count("net.1", kernels::Pass::forward, "unary"), 1);
  EXPECT_GE(count("net.1", kernels::Pass::backward, "binary"), 1);
  EXPECT_EQ(count("", kernels::Pass::other, "unary"), 1) << "exp is in no layer";
  EXPECT_GE(count("", kernels::Pass::backward, "binary"), 1);
  EXPECT_EQ(count("net", kernels::Pass::forward, "gemm"), 0);
}

}  // namespace
}  // namespace backlight
