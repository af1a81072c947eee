// backlight predict, as people run it.
#include <algorithm>
#include <cmath>

#include "models/food_classes.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class PredictTest : public ProgramTest {
 protected:
  PredictTest() {
    write_weights("w.safetensors");
    for (int n = 0; n < 3; ++n) write_photo("photos/" + std::to_string(n) + ".png", n, n);
  }
};

TEST_F(PredictTest, NamesTheThreeLikeliestFoods) {
  const std::string text =
      run_well({"predict", "--weights", "w.safetensors", "photos/0.png", "photos/2.png"});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
  EXPECT_TRUE(text.starts_with("photos/0.png\n  ")) << text;
  EXPECT_NE(text.find("\nphotos/2.png\n  "), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '%'), 6);
}

TEST_F(PredictTest, PrintsAJsonList) {
  const auto list =
      nlohmann::json::parse(run_well({"predict", "--weights", "w.safetensors", "--json",
                                      "photos/0.png", "photos/1.png", "photos/2.png"}));
  ASSERT_TRUE(list.is_array());
  ASSERT_EQ(list.size(), 3u);
  for (std::size_t n = 0; n < 3; ++n) {
    const auto& photo = list[n];
    EXPECT_EQ(photo.at("image"), "photos/" + std::to_string(n) + ".png");
    const auto probabilities = photo.at("probabilities").get<std::vector<double>>();
    const auto logits = photo.at("logits").get<std::vector<double>>();
    ASSERT_EQ(probabilities.size(), 11u);
    ASSERT_EQ(logits.size(), 11u);
    double sum = 0, exponentials = 0;
    for (std::size_t c = 0; c < 11; ++c) {
      sum += probabilities[c];
      exponentials += std::exp(logits[c]);
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    for (std::size_t c = 0; c < 11; ++c)
      EXPECT_NEAR(probabilities[c], std::exp(logits[c]) / exponentials, 1e-12);
    const auto label = photo.at("label").get<std::size_t>();
    EXPECT_EQ(std::max_element(logits.begin(), logits.end()) - logits.begin(),
              static_cast<std::ptrdiff_t>(label));
    EXPECT_EQ(photo.at("class"), kFoodClasses[label]);
  }
  // Photos are told apart.
  EXPECT_NE(list[0].at("logits"), list[1].at("logits"));
}

// More photos than go through the model at once give what each gives by itself, in their order.
TEST_F(PredictTest, AnyNumberOfPhotosAndThreadsGivesTheSame) {
  Words words{"predict", "--weights", "w.safetensors", "--json"};
  for (int n = 0; n < 11; ++n) words.push_back("photos/" + std::to_string(n % 3) + ".png");
  const auto many = nlohmann::json::parse(run_well(words));
  words.insert(words.begin() + 1, {"--threads", "3"});
  EXPECT_EQ(nlohmann::json::parse(run_well(words)), many);
  ASSERT_EQ(many.size(), 11u);
  for (int n = 0; n < 3; ++n) {
    const auto alone =
        nlohmann::json::parse(run_well({"predict", "--weights", "w.safetensors", "--json",
                                        "photos/" + std::to_string(n) + ".png"}));
    for (std::size_t k = static_cast<std::size_t>(n); k < 11; k += 3) EXPECT_EQ(many[k], alone[0]);
  }
}

TEST_F(PredictTest, DemoModelComesWithTheProgram) {
  write_photo("2_1.png");
  const auto list = nlohmann::json::parse(run_well({"predict", "--json", "2_1.png"}));
  EXPECT_EQ(list.at(0).at("logits").size(), 11u);
  EXPECT_EQ(listing(), (Words{"2_1.png", "photos", "photos/0.png", "photos/1.png", "photos/2.png",
                              "w.safetensors"}));
}

// Output that did not arrive is no success.
TEST_F(PredictTest, SaysWhenItsOutputCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const ProgramResult result =
      run({"predict", "--weights", "w.safetensors", "--json", "photos/0.png"}, "/dev/full");
  EXPECT_EQ(result.exit_code, 1);
  expect_one_sentence(result.err);
  EXPECT_NE(result.err.find("could not write all of the output"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace backlight::testing
