// --device, --precision and --kernels of the program. The simulated GPU explains with the demo
// model as the processor does.
#include <cmath>

#include "kernels/device.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"
#include "tools/methods.h"

namespace backlight::testing {
namespace {

class DeviceTest : public ProgramTest {
 protected:
  DeviceTest() { write_weights("w.safetensors", 3); }

  Tensor map(const std::string& folder, const std::string& method) const {
    return read_npy(path(folder + "/2_17." + method + ".npy"));
  }
};

// As little work as each method can do: a pass takes seconds in the simulator.
const Words kFew{"--method",   "all", "--samples",     "1,lime=4", "--steps",  "2",
                 "--segments", "2",   "--compactness", "50",       "--window", "64",
                 "--stride",   "64"};

TEST_F(DeviceTest, TheSimulatorGivesTheProcessorsMapsOnTheDemoModel) {
  const std::string problem = kernels::why_unavailable(Device::sim);
  if (!problem.empty()) GTEST_SKIP() << "the device sim " << problem;
  write_photo("2_17.png", 2, 17);
  for (const std::string device : {"cpu", "sim"}) {
    Words words{"explain", "--device", device, "--out", device, "2_17.png"};
    words.insert(words.end(), kFew.begin(), kFew.end());
    run_well(words);
  }
  const auto cpu = json("cpu/result.json"), sim = json("sim/result.json");
  EXPECT_EQ(sim.at("device"), "sim");
  const auto expected = cpu.at("photos").at(0).at("logits").get<std::vector<double>>();
  const auto actual = sim.at("photos").at(0).at("logits").get<std::vector<double>>();
  const auto classes = static_cast<std::int64_t>(expected.size());
  EXPECT_TRUE(is_close(Tensor::from(actual, {classes}), Tensor::from(expected, {classes}), 1e-5));
  for (const std::string& method : tools::method_names())
    EXPECT_TRUE(is_close(map("sim", method), map("cpu", method), 1e-3)) << method;
}

TEST_F(DeviceTest, SaysWhatADeviceDoesNotHave) {
  write_photo("2_17.png", 2, 17);
  const Words base{"predict", "--weights", "w.safetensors", "2_17.png"};
  const auto with = [&](Words more) {
    more.insert(more.begin(), base.begin(), base.end());
    return more;
  };
  run_badly(with({"--device", "cpu", "--precision", "bf16"}), {"--precision bf16", "fp32"}, 1);
  run_badly(with({"--device", "cpu", "--kernels", "vendor"}), {"--kernels vendor", "cuda"}, 1);
  run_badly(with({"--device", "gpu"}), {"--device"}, 2);
  run_badly(with({"--precision", "fp64"}), {"--precision"}, 2);
  run_badly(with({"--device", "cpu", "--generation", "hopper"}), {"--generation hopper"}, 1);
  const std::string problem = kernels::why_unavailable(Device::cuda);
  if (!problem.empty()) run_badly(with({"--device", "cuda"}), {"the device cuda " + problem}, 1);
}

TEST_F(DeviceTest, FallsBackFromAMissingGpuAndSaysSoOnce) {
  const std::string problem = kernels::why_unavailable(Device::cuda);
  if (problem.empty()) GTEST_SKIP() << "this machine has a GPU";
  write_photo("2_17.png", 2, 17);
  const ProgramResult result =
      run({"predict", "--device", "auto", "--weights", "w.safetensors", "2_17.png"});
  EXPECT_EQ(result.exit_code, 0);
  if (problem.starts_with("was not built in"))
    EXPECT_EQ(result.err, "");
  else
    EXPECT_EQ(result.err,
              "backlight: computing on the processor: the device cuda " + problem + "\n");
}

}  // namespace
}  // namespace backlight::testing
