// Ctrl-C: exit code 130, one sentence, and only whole files.
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "models/image/image.h"
#include "tensor/npy.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class InterruptTest : public ProgramTest {
 protected:
  InterruptTest() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
    write_photo("3_4.png", 3);
  }

  // Whether the program has come to catch Ctrl-C: the kernel's mask of caught signals says so.
  static bool catches_interrupts(int process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string line;
    while (std::getline(status, line))
      if (line.starts_with("SigCgt:"))
        return std::stoull(line.substr(7), nullptr, 16) >> (SIGINT - 1) & 1;
    return false;
  }

  // Sends a signal once a file or folder is there, and a little later.
  std::function<void(int)> signal_after(const std::string& name, int signal = SIGINT) const {
    return [this, name, signal](int process) {
      using namespace std::chrono_literals;
      const auto ready = [&] {
        return std::filesystem::exists(path(name)) && catches_interrupts(process);
      };
      for (int wait = 0; wait < 3000 && !ready(); ++wait) std::this_thread::sleep_for(10ms);
      std::this_thread::sleep_for(100ms);
      kill(process, signal);
    };
  }

  static void expect_interrupted(const ProgramResult& result) {
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_EQ(result.signal, 0);
    expect_one_sentence(result.err);
    EXPECT_NE(result.err.find("interrupted"), std::string::npos) << result.err;
  }

  // Hours of SmoothGrad behind the other methods.
  static Words endless(const Words& more) {
    Words words{"explain", "--weights", "w.safetensors", "--samples", "10000000",
                "--out",   "out",       "--threads",     "1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(InterruptTest, DuringSmoothGradKeepsTheMapsThatWereFinished) {
  const Words words =
      endless({"--method", "saliency,input-x-gradient,smoothgrad", "2_17.png", "3_4.png"});
  expect_interrupted(run(words, "", signal_after("out/2_17.input-x-gradient.png")));
  EXPECT_EQ(listing("out"),
            (Words{"2_17.input-x-gradient.npy", "2_17.input-x-gradient.png", "2_17.saliency.npy",
                   "2_17.saliency.png", "report.html", "result.json"}));
  for (const std::string name : {"saliency", "input-x-gradient"}) {
    EXPECT_EQ(read_npy(path("out/2_17." + name + ".npy")).shape(), (Shape{32, 32, 3}));
    EXPECT_GT(read_image(path("out/2_17." + name + ".png")).width, 0);
  }
  const auto photos = json("out/result.json").at("photos");
  ASSERT_EQ(photos.size(), 1u);
  ASSERT_EQ(photos[0].at("maps").size(), 2u);
  EXPECT_EQ(photos[0].at("maps")[1].at("method"), "input-x-gradient");
  const std::string page = read("out/report.html");
  EXPECT_NE(page.find("2_17.input-x-gradient.npy"), std::string::npos);
  EXPECT_EQ(page.find("2_17.smoothgrad.npy"), std::string::npos);
  EXPECT_NE(page.find("</html>"), std::string::npos);
}

TEST_F(InterruptTest, BeforeTheFirstMapLeavesNoFile) {
  for (const int signal : {SIGINT, SIGTERM}) {
    expect_interrupted(
        run(endless({"--method", "smoothgrad", "2_17.png"}), "", signal_after("out", signal)));
    EXPECT_EQ(listing("out"), Words{});
    std::filesystem::remove(path("out"));
  }
}

// Where every map is quick there are many photos.
TEST_F(InterruptTest, BetweenQuickMaps) {
  Words words = endless({"--method", "saliency"});
  words.insert(words.end(), 400, "2_17.png");
  expect_interrupted(run(words, "", signal_after("out/2_17-2.saliency.png")));
  const auto photos = json("out/result.json").at("photos");
  EXPECT_GE(photos.size(), 2u);
  EXPECT_LT(photos.size(), 400u);
  std::size_t maps = 0;
  for (const auto& photo : photos) maps += photo.at("maps").size();
  EXPECT_EQ(listing("out").size(), 2 * maps + 2);
}

TEST_F(InterruptTest, TrainingLeavesNoWeights) {
  const Words words{"train", "--divisor",  "64", "--steps",   "10000000", "--batch",
                    "2",     "--held-out", "11", "--threads", "1",        "x.safetensors"};
  expect_interrupted(run(words, "", signal_after("2_17.png")));
  EXPECT_EQ(listing(), (Words{"2_17.png", "3_4.png", "w.safetensors"}));
}

}  // namespace
}  // namespace backlight::testing
