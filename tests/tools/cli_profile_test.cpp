// backlight profile, as people run it.
#include <cmath>
#include <set>

#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class ProfileTest : public ProgramTest {
 protected:
  ProfileTest() { write_weights("w.safetensors"); }

  // profile with the small weights and more.
  static Words profile(const Words& more) {
    Words words{"profile", "--weights", "w.safetensors"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

// The sum of a member over a list.
template <typename Number>
Number sum_over(const nlohmann::json& list, const std::string& member) {
  Number sum = 0;
  for (const auto& each : list) sum += each.at(member).get<Number>();
  return sum;
}

TEST_F(ProfileTest, TimesEveryLayerOnTheProcessor) {
  write_photo("2_17.png");
  const std::string text = run_well(profile({"--device", "cpu", "--batch", "2", "--repeats", "3",
                                             "--json", "p.json", "--page", "p.html", "2_17.png"}));
  for (const char* part : {"cnn.2 forward", "cnn.2 backward", "  conv2d_block", "fc.", "GFLOP/s",
                           "the median of 3 runs", "Look first at:\n"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  const auto result = json("p.json");
  EXPECT_EQ(result.at("format"), "backlight-profile");
  EXPECT_EQ(result.at("device"), "cpu");
  EXPECT_EQ(result.at("batch"), 2);
  EXPECT_TRUE(result.at("ceilings").is_null());
  // Sums agree.
  const double seconds = result.at("all").at("seconds");
  EXPECT_GT(seconds, 0);
  for (const char* list : {"launches", "layers", "kernels"})
    EXPECT_NEAR(sum_over<double>(result.at(list), "seconds"), seconds, 1e-9 * seconds) << list;
  for (const char* list : {"layers", "kernels"})
    EXPECT_EQ(sum_over<std::size_t>(result.at(list), "launches"), result.at("launches").size());
  // What goes forward through a layer comes back through it.
  std::set<std::string> forward, backward;
  for (const auto& launch : result.at("launches")) {
    if (launch.at("pass") == "forward") forward.insert(launch.at("layer").get<std::string>());
    if (launch.at("pass") == "backward") backward.insert(launch.at("layer").get<std::string>());
    EXPECT_TRUE(launch.at("counts").is_null());
  }
  EXPECT_TRUE(forward.contains("cnn.2"));
  for (const std::string& layer : forward)
    EXPECT_TRUE(backward.contains(layer)) << layer << " was not passed on the way back";
  EXPECT_NE(read("p.html").find("Time by layer"), std::string::npos);
  EXPECT_EQ(listing(), (Words{"2_17.png", "p.html", "p.json", "w.safetensors"}));
}

TEST_F(ProfileTest, RunsWhatWasAskedFor) {
  run_well(profile({"--device", "cpu", "--method", "forward", "--json", "f.json"}));
  const auto forward = json("f.json");
  for (const auto& launch : forward.at("launches")) EXPECT_NE(launch.at("pass"), "backward");
  EXPECT_EQ(forward.at("batch"), 8);
  run_well(
      profile({"--device", "cpu", "--method", "smoothgrad", "--batch", "3", "--json", "s.json"}));
  bool noise = false;
  const auto smooth = json("s.json");
  for (const auto& launch : smooth.at("launches")) noise |= launch.at("kernel") == "add_noise";
  EXPECT_TRUE(noise);
  // The file says how to do it again.
  Words again = smooth.at("command");
  ASSERT_EQ(again.front(), "backlight");
  again.erase(again.begin());
  run_well(again);
  EXPECT_EQ(json("s.json").at("launches").size(), smooth.at("launches").size());
}

TEST_F(ProfileTest, CountsInTheSimulator) {
  const Words words = profile({"--device", "sim", "--json", "p.json", "--page", "p.html"});
  const ProgramResult result = run(words);
  if (result.err.find("was not built in") != std::string::npos) GTEST_SKIP() << result.err;
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto profile = json("p.json");
  bool has_conv = false;
  for (const auto& launch : profile.at("launches")) {
    EXPECT_TRUE(launch.at("seconds").is_null());
    ASSERT_TRUE(launch.at("counts").is_object()) << launch.at("kernel");
    const std::string kernel = launch.at("kernel");
    if (!kernel.starts_with("conv2d")) continue;
    has_conv = true;
    for (const auto& [kind, traffic] : launch.at("counts").at("instructions").items())
      EXPECT_EQ(traffic.at("wavefronts"), traffic.at("ideal_wavefronts"))
          << kernel << " in " << launch.at("layer") << " has bank conflicts in its " << kind << "s";
  }
  EXPECT_TRUE(has_conv);
  const std::string page = read("p.html");
  EXPECT_NE(page.find("Line by line"), std::string::npos);
  EXPECT_NE(page.find("kernels/cuda/"), std::string::npos);
}

TEST_F(ProfileTest, RefusesInOneSentence) {
  run_badly(profile({"--method", "saliancy"}), {"--method has no 'saliancy'", "saliency"});
  run_badly(profile({"--json", "none/p.json"}), {"there is no folder none", "p.json"});
  run_badly(profile({"--page", "none/p.html"}), {"there is no folder none"});
  std::filesystem::create_directory(path("folder"));
  run_badly(profile({"--page", "folder"}), {"folder is a folder"});
  run_badly(profile({"--json", "p", "--page", "p"}), {"the same file"});
  run_badly(profile({"--device", "cpu", "--precision", "bf16"}),
            {"the processor computes in fp32"});
  run_badly(profile({"--device", "cpu", "none.png"}), {"there is no file none.png"});
  run_badly(profile({"--batch", "0"}), {"--batch"}, 2);
  run_badly(profile({"--device", "tpu"}), {"--device"}, 2);
  EXPECT_EQ(listing(), (Words{"folder", "w.safetensors"}));
}

TEST_F(ProfileTest, HelpsWithExamples) {
  const std::string help = run_well({"profile", "--help"});
  for (const char* part :
       {"Examples:", "backlight profile --device sim", "--page", "--json", "Nsight"})
    EXPECT_NE(help.find(part), std::string::npos) << part << " is not in\n" << help;
  EXPECT_NE(run_well({"--help"}).find("profile"), std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
