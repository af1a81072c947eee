// backlight filters, as people run it.
#include <signal.h>

#include <chrono>
#include <thread>

#include "models/image/image.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class FiltersTest : public ProgramTest {
 protected:
  FiltersTest() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
    write_photo("3_4.png", 3);
  }

  static Words filters(const Words& more) {
    Words words{"filters", "--weights", "w.safetensors", "--out", "out", "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  double sum_of(const std::string& npy) const {
    const Tensor values = read_npy(path("out/" + npy));
    double sum = 0;
    for (std::int64_t i = 0; i < values.numel(); ++i) sum += values.at(i);
    return sum;
  }
};

TEST_F(FiltersTest, WritesActivationsVisualisationsAndFigures) {
  const std::string text = run_well(
      filters({"--layer", "cnn.2,cnn.14", "--filter", "0,2-3", "--steps", "3", "2_17.png"}));
  EXPECT_NE(text.find("6 filters in "), std::string::npos) << text;
  Words expected{"contact.png", "filters.json"};
  for (const std::string layer : {"cnn.2", "cnn.14"})
    for (const std::string filter : {"0", "2", "3"})
      for (const std::string& file :
           {"2_17." + layer + "." + filter + ".activation.npy",
            "2_17." + layer + "." + filter + ".png", layer + "." + filter + ".visualisation.npy",
            layer + "." + filter + ".visualisation.png"})
        expected.push_back(file);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(listing("out"), expected);
  EXPECT_EQ(read_npy(path("out/2_17.cnn.2.0.activation.npy")).shape(), (Shape{32, 32}));
  EXPECT_EQ(read_npy(path("out/2_17.cnn.14.0.activation.npy")).shape(), (Shape{16, 16}));
  const Tensor grown = read_npy(path("out/cnn.14.2.visualisation.npy"));
  EXPECT_EQ(grown.shape(), (Shape{32, 32, 3}));
  EXPECT_EQ(grown.dtype(), DType::f32);
  EXPECT_EQ(read_image(path("out/cnn.14.2.visualisation.png")), tensor_to_image(grown));
  EXPECT_GT(read_image(path("out/contact.png")).width, 300);
  EXPECT_GT(read_image(path("out/2_17.cnn.2.0.png")).width, 1000);

  const auto list = json("out/filters.json");
  EXPECT_EQ(list.at("format"), "backlight-filters");
  EXPECT_EQ(list.at("visualisation").at("from"), "noise");
  EXPECT_EQ(list.at("visualisation").at("steps"), 3);
  ASSERT_EQ(list.at("layers").size(), 2u);
  const auto& layer = list.at("layers")[1];
  EXPECT_EQ(layer.at("name"), "cnn.14");
  EXPECT_EQ(layer.at("description"), "BatchNorm2d(4)");
  EXPECT_EQ(layer.at("filters"), 4);
  EXPECT_EQ(layer.at("shape"), (std::vector<int>{16, 16}));
  ASSERT_EQ(layer.at("results").size(), 3u);
  const auto& result = layer.at("results")[1];
  EXPECT_EQ(result.at("filter"), 2);
  const auto& photo = result.at("photos")[0];
  EXPECT_EQ(photo.at("stem"), "2_17");
  EXPECT_EQ(photo.at("files").at("png"), "2_17.cnn.14.2.png");
  const double sum = sum_of("2_17.cnn.14.2.activation.npy");
  EXPECT_NEAR(photo.at("sum").get<double>(), sum, 1e-9 * std::abs(sum));
  EXPECT_EQ(result.at("visualisation").at("files").at("npy"), "cnn.14.2.visualisation.npy");
}

// What a visualisation is said to reach is what the layer says of the very picture.
TEST_F(FiltersTest, TheSumReachedIsThatOfThePicture) {
  run_well(filters({"--layer", "cnn.1", "--filter", "1", "--steps", "20"}));
  const auto result = json("out/filters.json").at("layers")[0].at("results")[0];
  const auto& shown = result.at("visualisation");
  EXPECT_GT(shown.at("sum").get<double>(), shown.at("start_sum").get<double>());
  EXPECT_TRUE(result.at("photos").empty());
  std::filesystem::copy(path("out/cnn.1.1.visualisation.png"), path("grown.png"));
  run_well(filters({"--layer", "cnn.1", "--filter", "1", "--activation-only", "grown.png"}));
  const double again = sum_of("grown.cnn.1.1.activation.npy"), said = shown.at("sum");
  EXPECT_NEAR(again, said, 0.02 * std::abs(said)) << "but for the rounding to 8 bits";
}

TEST_F(FiltersTest, NotebookStartsFromThePhotos) {
  run_well(filters({"--variant", "notebook", "--layer", "cnn.5", "--filter", "1", "--steps", "2",
                    "2_17.png", "3_4.png"}));
  EXPECT_EQ(listing("out"),
            (Words{"2_17.cnn.5.1.activation.npy", "2_17.cnn.5.1.png",
                   "2_17.cnn.5.1.visualisation.npy", "2_17.cnn.5.1.visualisation.png",
                   "3_4.cnn.5.1.activation.npy", "3_4.cnn.5.1.png", "3_4.cnn.5.1.visualisation.npy",
                   "3_4.cnn.5.1.visualisation.png", "contact.png", "filters.json"}));
  const auto list = json("out/filters.json");
  EXPECT_EQ(list.at("visualisation"), (nlohmann::json{{"from", "image"},
                                                      {"variant", "notebook"},
                                                      {"steps", 2},
                                                      {"learning_rate", 0.1},
                                                      {"seed", 0}}));
  // Two steps of 0.1 away from the photo, at most.
  const Tensor photo = image_to_tensor(resize_bilinear(read_image(path("3_4.png")), 32, 32));
  const Tensor grown = read_npy(path("out/3_4.cnn.5.1.visualisation.npy"));
  double furthest = 0;
  for (std::int64_t i = 0; i < grown.numel(); ++i)
    furthest = std::max(furthest, std::abs(grown.at(i) - photo.at(i)));
  EXPECT_GT(furthest, 0.1);
  EXPECT_LT(furthest, 0.201);  // the second may be a hair longer
}

TEST_F(FiltersTest, TheSameStartAndSeedGiveTheSameBytes) {
  const auto bytes = [&](const Words& more) {
    Words words{"--layer", "cnn.11", "--filter", "all", "--steps", "4", "2_17.png"};
    words.insert(words.end(), more.begin(), more.end());
    run_well(filters(words));
    std::string all;
    for (int filter = 0; filter < 4; ++filter)
      all += read(str("out/cnn.11.", filter, ".visualisation.npy")) +
             read(str("out/2_17.cnn.11.", filter, ".png"));
    return all;
  };
  const std::string first = bytes({});
  EXPECT_EQ(bytes({"--batch", "1"}), first);
  EXPECT_EQ(bytes({"--batch", "3"}), first);
  EXPECT_NE(bytes({"--seed", "1"}), first);
  // The command in filters.json does it again.
  Words command = json("out/filters.json").at("command").get<Words>();
  command.erase(command.begin());
  const std::string before = read("out/cnn.11.3.visualisation.npy");
  std::filesystem::remove_all(path("out"));
  run_well(command);
  EXPECT_EQ(read("out/cnn.11.3.visualisation.npy"), before);
}

TEST_F(FiltersTest, UnitsOfTheLastLayerAreTheClasses) {
  const std::string text =
      run_well(filters({"--layer", "fc.3", "--filter", "2,7", "--steps", "2", "2_17.png"}));
  EXPECT_NE(text.find("fc.3, Rice\n"), std::string::npos) << text;
  EXPECT_EQ(read_npy(path("out/2_17.fc.3.7.activation.npy")).shape(), (Shape{1, 1}));
  const auto results = json("out/filters.json").at("layers")[0].at("results");
  EXPECT_EQ(results[0].at("name"), "Dessert");
  EXPECT_EQ(results[1].at("name"), "Rice");
}

TEST_F(FiltersTest, SaysWhatIsWrongBeforeItBegins) {
  run_badly(filters({"2_17.png"}), {"--layer is required"}, 2);
  run_badly(filters({"--layer", "cnn.51", "2_17.png"}), {"'cnn.51'", "did you mean 'cnn."});
  run_badly(filters({"--layer", "15", "2_17.png"}), {"did you mean 'cnn.15'?"});
  run_badly(filters({"--layer", "attention", "2_17.png"}), {"'cnn.0' to 'fc.3'"});
  run_badly(filters({"--layer", "cnn.15", "--filter", "4", "2_17.png"}),
            {"cnn.15 has the filters 0 to 3", "no filter 4"});
  for (const char* list : {"x", "", "3-1", "1,,2", "-1", "1-", "99999999999"})
    run_badly(filters({"--layer", "cnn.15", str("--filter=", list), "2_17.png"}),
              {"--filter wants numbers and ranges"});
  run_badly(filters({"--layer", "cnn.15", "--from", "image"}), {"--from image needs a photo"});
  run_badly(filters({"--layer", "cnn.15", "--activation-only"}), {"needs a photo"});
  run_badly(filters({"--layer", "cnn.15", "--activation-only", "--from", "noise", "2_17.png"}),
            {"leave it out"});
  run_badly(filters({"--layer", "cnn.15", "--variant", "notebook", "--jitter", "3"}),
            {"--jitter is the paper's"});
  run_badly(filters({"--layer", "cnn.15", "--from", "photo"}), {"--from"}, 2);
  run_badly(filters({"--layer", "cnn.15", "--step", "3"}), {"did you mean '--steps'?"}, 2);
  run_badly(filters({"--layer", "cnn.15", "none.jpg"}), {"none.jpg"});
  EXPECT_EQ(listing(), (Words{"2_17.png", "3_4.png", "w.safetensors"}));
}

// What was finished stays, and the sheet and the list tell of it.
TEST_F(FiltersTest, AfterCtrlCWhatWasFinishedIsThere) {
  const Words words = filters({"--layer", "cnn.2,cnn.14", "--filter", "all", "--steps", "2000",
                               "--batch", "1", "2_17.png"});
  const ProgramResult result = run(words, "", [this](int process) {
    using namespace std::chrono_literals;
    for (int wait = 0; wait < 6000; ++wait) {
      if (std::filesystem::exists(path("out/cnn.2.0.visualisation.png"))) break;
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(50ms);
    kill(process, SIGINT);
  });
  EXPECT_EQ(result.exit_code, 130) << result.err;
  expect_one_sentence(result.err);
  const auto results = json("out/filters.json").at("layers")[0].at("results");
  ASSERT_EQ(results.size(), 4u);
  EXPECT_TRUE(results[0].at("visualisation").is_object());
  EXPECT_TRUE(results[3].at("visualisation").is_null());
  EXPECT_TRUE(results[3].at("photos")[0].at("files").at("png").is_null());
  EXPECT_GT(read_image(path("out/contact.png")).width, 300);
  EXPECT_EQ(read_npy(path("out/2_17.cnn.2.3.activation.npy")).shape(), (Shape{32, 32}));
}

}  // namespace
}  // namespace backlight::testing
