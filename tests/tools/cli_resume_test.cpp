// `explain --resume`: what is there is kept, the rest is as if nothing had happened.
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class ResumeTest : public ProgramTest {
 protected:
  ResumeTest() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
    write_photo("3_4.png", 3);
  }

  static Words explain(const Words& more) {
    Words words{"explain", "--weights", "w.safetensors", "--samples", "3"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  auto written_at(const std::string& file) const {
    return std::filesystem::last_write_time(path(file));
  }
};

const Words kFiles{"2_17.saliency.npy", "2_17.smoothgrad.npy", "2_17.smoothgrad.png",
                   "3_4.smoothgrad.npy", "3_4.saliency.npy"};

TEST_F(ResumeTest, KeepsWhatIsThereAndMakesTheRest) {
  run_well(explain({"--method", "saliency,smoothgrad", "--out", "whole", "2_17.png", "3_4.png"}));
  run_well(explain({"--method", "smoothgrad", "--out", "parts", "2_17.png"}));
  const auto before = written_at("parts/2_17.smoothgrad.npy");
  run_well(explain({"--method", "saliency,smoothgrad", "--out", "parts", "--resume", "--threads",
                    "1", "--batch", "2", "2_17.png", "3_4.png"}));
  EXPECT_EQ(written_at("parts/2_17.smoothgrad.npy"), before);
  for (const std::string& file : kFiles)
    EXPECT_EQ(read("parts/" + file), read("whole/" + file)) << file;
  const auto parts = json("parts/result.json"), whole = json("whole/result.json");
  ASSERT_EQ(parts.at("photos").size(), 2u);
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t m = 0; m < 2; ++m) {
      const auto& a = parts.at("photos").at(n).at("maps").at(m);
      const auto& b = whole.at("photos").at(n).at("maps").at(m);
      for (const char* name : {"method", "settings", "checks", "check_text", "files"})
        EXPECT_EQ(a.at(name), b.at(name)) << name;
    }
}

TEST_F(ResumeTest, MakesAgainWhatIsDamagedOrOfAnotherPhoto) {
  const Words words = explain({"--method", "smoothgrad", "--out", "out", "--resume", "2_17.png"});
  run_well(words);
  const std::string good = read("out/2_17.smoothgrad.npy");
  write("out/2_17.smoothgrad.npy", good.substr(0, good.size() / 2));
  run_well(words);
  EXPECT_EQ(read("out/2_17.smoothgrad.npy"), good);
  write_photo("2_17.png", 5, 1);
  run_well(words);
  EXPECT_NE(read("out/2_17.smoothgrad.npy"), good);
}

TEST_F(ResumeTest, RefusesTheFolderOfOtherOptions) {
  run_well(explain({"--method", "smoothgrad", "--out", "out", "2_17.png"}));
  run_badly({"explain", "--weights", "w.safetensors", "--samples", "4", "--method", "smoothgrad",
             "--out", "out", "--resume", "2_17.png"},
            {"--resume", "--samples 3", "this is 4"});
  write("out/result.json", "{}");
  run_badly(explain({"--method", "smoothgrad", "--out", "out", "--resume", "2_17.png"}),
            {"--resume", "out/result.json", "another --out"});
}

}  // namespace
}  // namespace backlight::testing
