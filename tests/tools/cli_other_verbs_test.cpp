// backlight inspect, convert, train and demo, as people run them.
#include "models/weights/load.h"
#include "tests/models/weights_testing.h"
#include "tests/testing.h"
#include "tests/tools/program.h"
#include "tools/methods.h"

namespace backlight::testing {
namespace {

namespace fs = std::filesystem;

class VerbsTest : public ProgramTest {
 protected:
  // A very short training.
  void train(const Words& more) const {
    Words words{"train", "--divisor", "16", "--steps", "2", "--batch", "2", "--held-out", "11"};
    words.insert(words.end(), more.begin(), more.end());
    run_well(words);
  }
};

TEST_F(VerbsTest, InspectShowsLayersAndCost) {
  write_weights("w.safetensors");
  const std::string text = run_well({"inspect", "w.safetensors"});
  EXPECT_TRUE(text.starts_with("w.safetensors: safetensors, 81 entries\n")) << text;
  for (const char* part : {"a food CNN with 11 classes", "cnn.15", "ReLU()", "Conv2d(3, 4",
                           "BatchNorm2d(4)", "fc.3", "total", "A photo of 32 x 32 takes"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  EXPECT_EQ(text.find("running_var"), std::string::npos);
  const std::string entries = run_well({"inspect", "--entries", "w.safetensors"});
  EXPECT_NE(entries.find("cnn.1.running_var"), std::string::npos);
  // A checkpoint says where in it the weights were; other weights at least what they are.
  fs::copy(fixture("../food_cnn/food/weights.pth"), path("c.pth"));
  EXPECT_TRUE(run_well({"inspect", "c.pth"})
                  .starts_with("c.pth: PyTorch zip, 81 entries under model_state_dict\n"));
  fs::copy(fixture("net.safetensors"), path("net.safetensors"));
  const ProgramResult other = run({"inspect", "net.safetensors"});
  EXPECT_EQ(other.exit_code, 1);
  expect_one_sentence(other.err);
  EXPECT_NE(other.out.find("entry"), std::string::npos);
}

TEST_F(VerbsTest, ConvertedWeightsPredictTheSame) {
  fs::copy(fixture("../food_cnn/food/weights.pth"), path("c.pth"));
  write_photo("2_17.png");
  const std::string said = run_well({"convert", "c.pth", "c.safetensors"});
  EXPECT_TRUE(said.starts_with("c.safetensors: 81 entries, ")) << said;
  EXPECT_EQ(run_well({"predict", "--json", "--weights", "c.safetensors", "2_17.png"}),
            run_well({"predict", "--json", "--weights", "c.pth", "2_17.png"}));
  run_badly({"convert", "c.pth", "c2.pth"}, {"must end in .safetensors"});
  run_badly({"convert", "none.pth", "x.safetensors"}, {"there is no file none.pth"});
  run_badly({"convert", "c.pth", "none/x.safetensors"}, {"there is no folder none"});
  fs::create_directory(path("folder.safetensors"));
  run_badly({"convert", "c.pth", "folder.safetensors"}, {"it is a folder"});
  EXPECT_EQ(listing(), (Words{"2_17.png", "c.pth", "c.safetensors", "folder.safetensors"}));
}

TEST_F(VerbsTest, TrainingDependsOnItsSeedAlone) {
  train({"--threads", "1", "a.safetensors"});
  train({"--threads", "3", "b.safetensors"});
  EXPECT_EQ(read("a.safetensors"), read("b.safetensors"));
  train({"--threads", "1", "--seed", "2", "c.safetensors"});
  EXPECT_NE(read("a.safetensors"), read("c.safetensors"));
  write_photo("2_17.png");
  const auto list = nlohmann::json::parse(
      run_well({"predict", "--json", "--weights", "a.safetensors", "2_17.png"}));
  EXPECT_EQ(list.at(0).at("logits").size(), 11u);
  // The weights moved: not those of a training with another step size.
  train({"--threads", "1", "--learning-rate", "1e-9", "still.safetensors"});
  const StateDict moved = load_weights(path("a.safetensors"));
  const StateDict still = load_weights(path("still.safetensors"));
  EXPECT_GT(distance(moved.at("cnn.0.weight"), still.at("cnn.0.weight")), 1e-4);
}

TEST_F(VerbsTest, TrainsTheOtherEditionAndOwnWidthsOnOwnPhotos) {
  for (int n = 0; n < 22; ++n) write_photo(str("data/", n % 11, "_", n, ".png"), n % 11, n);
  train({"--edition", "prelu-2020", "--widths", "4,4,8,8,8", "--data", "data", "p.safetensors"});
  EXPECT_EQ(load_weights(path("p.safetensors")).at("cnn.8.weight").shape(), (Shape{8, 4, 3, 3}));
  const std::string text = run_well({"inspect", "p.safetensors"});
  EXPECT_NE(text.find("PReLU"), std::string::npos);

  run_badly({"train", "x.pth"}, {"must end in .safetensors"});
  run_badly({"train", "none/x.safetensors"}, {"there is no folder none"});
  run_badly({"train", "--data", "none", "x.safetensors"}, {"there is no folder none"});
  fs::remove(path("data/0_0.png"));
  fs::remove(path("data/1_1.png"));
  fs::remove(path("data/2_2.png"));
  run_badly({"train", "--data", "data", "x.safetensors"}, {"holds 19 photos", "at least 20"});
  run_badly({"train", "--widths", "4,4", "x.safetensors"}, {"--widths wants 11 numbers"});
  write("data/2_2.png", "no picture");
  run_badly({"train", "--steps", "20", "--widths", "4,4,4,4,4,4,4,4,4,4,4", "--data", "data",
             "x.safetensors"},
            {"data/2_2.png"});
  EXPECT_FALSE(fs::exists(path("x.safetensors")));
}

TEST_F(VerbsTest, DemoDrawsExplainsAndScores) {
  write_weights("w.safetensors");
  const std::string text = run_well({"demo", "--weights", "w.safetensors", "--threads", "1",
                                     "--scenes", "7", "--out", "out", "--samples", "2", "--steps",
                                     "2", "--segments", "4", "--window", "16", "--stride", "16"});
  EXPECT_NE(text.find(" of 11 scenes recognised"), std::string::npos) << text;
  Words rows = tools::method_names();
  rows.insert(rows.end(), {"picture's centre", "most colourful spot"});
  for (const std::string& row : rows) EXPECT_NE(text.find("\n" + row), std::string::npos) << text;
  const Words files = listing("out");
  for (int label = 0; label < 11; ++label)
    EXPECT_NE(std::find(files.begin(), files.end(), str("scenes/", label, "_7.png")), files.end());
  const auto result = json("out/result.json");
  ASSERT_EQ(result.at("photos").size(), 11u);
  for (std::size_t label = 0; label < 11; ++label) {
    const auto& photo = result.at("photos")[label];
    EXPECT_EQ(photo.at("label"), label);
    const double share = photo.at("food_share");
    EXPECT_TRUE(share > 0.04 && share < 0.6) << share;
    EXPECT_EQ(photo.at("maps").size(), tools::methods().size());
    for (const auto& map : photo.at("maps")) {
      const double inside = map.at("score").at("mass_inside");
      EXPECT_TRUE(inside >= 0 && inside <= 1);
    }
  }
  EXPECT_EQ(result.at("scores").at("methods").size(), tools::methods().size());
  // The table's first row counts the hits of result.json.
  int hits = 0;
  for (const auto& photo : result.at("photos"))
    hits += photo.at("maps")[0].at("score").at("pointing_hit").get<bool>();
  EXPECT_EQ(result.at("scores").at("methods")[0].at("hits"), hits);
}

}  // namespace
}  // namespace backlight::testing
