// `backlight evaluate`: the confusion matrix of a folder, in every form it takes.
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class EvaluateTest : public ProgramTest {
 protected:
  EvaluateTest() {
    write_weights("w.safetensors", 3);
    std::filesystem::create_directory(path("photos"));
  }
};

TEST_F(EvaluateTest, CountsWhatPredictSays) {
  Words images;
  for (int n = 0; n < 9; ++n) {
    images.push_back(str("photos/", n % 3, "_", n, ".png"));
    write_photo(images.back(), n % 3, n);
  }
  Words predict{"predict", "--weights", "w.safetensors", "--json"};
  predict.insert(predict.end(), images.begin(), images.end());
  const auto predictions = nlohmann::json::parse(run_well(predict));
  run_well({"evaluate", "--weights", "w.safetensors", "--data", "photos", "--method", "saliency"});

  const auto result = json("evaluated/evaluation.json");
  EXPECT_EQ(result.at("evaluated"), 9);
  std::vector<std::vector<int>> counts(11, std::vector<int>(11, 0));
  int right = 0;
  for (std::size_t n = 0; n < images.size(); ++n) {
    const int predicted = predictions[n].at("label"), label = static_cast<int>(n % 3);
    ++counts[static_cast<std::size_t>(label)][static_cast<std::size_t>(predicted)];
    right += predicted == label;
  }
  EXPECT_EQ(result.at("confusion").get<std::vector<std::vector<int>>>(), counts);
  EXPECT_NEAR(result.at("accuracy").get<double>(), right / 9.0, 1e-12);
  EXPECT_TRUE(result.at("normalised").at(3).at(3).is_null());  // no photo of this class
  EXPECT_EQ(result.at("photos").size(), 9u);
  const Words files = listing("evaluated");
  for (const char* file : {"confusion.png", "confusion.csv", "report.html"})
    EXPECT_NE(std::find(files.begin(), files.end(), file), files.end()) << file;
  // The network is random, so some pair is confused, and its examples are there.
  const auto& pairs = result.at("confused");
  ASSERT_FALSE(pairs.empty());
  const std::string figure = pairs.at(0).at("examples").at(0).at("figure");
  EXPECT_NE(std::find(files.begin(), files.end(), figure), files.end());
  const std::string csv = read("evaluated/confusion.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 12);
  EXPECT_TRUE(csv.starts_with("true class,Bread,Dairy product,"));
}

TEST_F(EvaluateTest, LeavesOutWhatCannotBeReadAndSaysSo) {
  write_photo("photos/0_1.png", 0, 1);
  write("photos/0_2.png", "no picture");
  write_photo("photos/lunch.png", 0, 1);  // no label: not counted
  const ProgramResult result =
      run({"evaluate", "--weights", "w.safetensors", "--data", "photos", "--pairs", "0"});
  EXPECT_EQ(result.exit_code, 0);
  expect_one_sentence(result.err);
  EXPECT_NE(result.err.find("0_2.png"), std::string::npos);
  const auto out = json("evaluated/evaluation.json");
  EXPECT_EQ(out.at("evaluated"), 1);
  EXPECT_EQ(out.at("found"), 2);
  EXPECT_EQ(out.at("unreadable").size(), 1u);
}

TEST_F(EvaluateTest, RefusesFoldersWithoutLabelledPhotos) {
  const auto evaluate = [](const std::string& data) {
    return Words{"evaluate", "--weights", "w.safetensors", "--data", data};
  };
  run_badly(evaluate("nowhere"), {"there is no folder nowhere"});
  run_badly(evaluate("photos"), {"no photo in photos has a label", "<class>_<number>.jpg"});
  write("photos/0_2.png", "no picture");
  run_badly(evaluate("photos"), {"no photo in photos could be read", "0_2.png"});
  run_badly({"evaluate"}, {"--data"}, 2);
}

}  // namespace
}  // namespace backlight::testing
