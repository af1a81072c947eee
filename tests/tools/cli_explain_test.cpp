// backlight explain, as people run it: what it writes, and that its options do what they say.
#include <set>

#include "kernels/elementwise.h"
#include "models/food_classes.h"
#include "models/image/image.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

const Words kMethods{"saliency", "input-x-gradient", "smoothgrad", "integrated-gradients"};

class ExplainTest : public ProgramTest {
 protected:
  ExplainTest() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
  }

  // Runs explain with the small weights, few samples and steps, and more; into the folder `out`.
  void explain(const std::string& out, const Words& more) const {
    Words words{"explain", "--weights", "w.safetensors", "--out", out};
    const auto given = [&](const std::string& option) {
      return std::find(more.begin(), more.end(), option) != more.end();
    };
    if (!given("--samples")) words.insert(words.end(), {"--samples", "4"});
    if (!given("--steps")) words.insert(words.end(), {"--steps", "4"});
    if (!given("--threads")) words.insert(words.end(), {"--threads", "1"});  // small work
    words.insert(words.end(), more.begin(), more.end());
    run_well(words);
  }

  Tensor map(const std::string& out, const std::string& method,
             const std::string& stem = "2_17") const {
    return read_npy(path(out + "/" + stem + "." + method + ".npy"));
  }
  nlohmann::json photo(const std::string& out, std::size_t n = 0) const {
    return json(out + "/result.json").at("photos").at(n);
  }
  nlohmann::json settings(const std::string& out, std::size_t m = 0) const {
    return photo(out).at("maps").at(m).at("settings");
  }
};

TEST_F(ExplainTest, WritesEveryMethodsMapAndFigure) {
  explain("out", {"2_17.png"});
  Words expected{"report.html", "result.json"};
  for (const std::string& method : kMethods)
    for (const char* ending : {".npy", ".png"}) expected.push_back("2_17." + method + ending);
  expected.push_back("2_17.smoothgrad.standard-error.npy");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(listing("out"), expected);
  for (const std::string& method : kMethods) {
    const Tensor values = map("out", method);
    EXPECT_EQ(values.shape(), (Shape{32, 32, 3})) << method;
    EXPECT_EQ(values.dtype(), DType::f32);
    EXPECT_TRUE(all_finite(values));
    EXPECT_GT(norm(values), 0);
    const Image figure = read_image(path("out/2_17." + method + ".png"));
    EXPECT_GT(figure.width, 200);
    EXPECT_GT(figure.height, 100);
  }
  // What the methods promise of each other.
  const Tensor x = image_to_tensor(resize_bilinear(read_image(path("2_17.png")), 32, 32));
  EXPECT_TRUE(is_close(
      map("out", "input-x-gradient"),
      kernels::binary(kernels::Binary::multiply, x.reshape({32, 32, 3}), map("out", "saliency")),
      1e-6));
}

TEST_F(ExplainTest, ResultTellsAllThatIsNeededToDoItAgain) {
  explain("out", {"--method", "smoothgrad,integrated-gradients", "--seed", "7", "--noise", "0.2",
                  "--quadrature", "midpoint", "--baseline", "white", "--batch", "3", "--threads",
                  "2", "--target", "soup", "2_17.png"});
  const auto result = json("out/result.json");
  EXPECT_EQ(result.at("device"), "cpu");
  EXPECT_EQ(result.at("precision"), "float32");
  EXPECT_EQ(result.at("variant"), "paper");
  EXPECT_EQ(result.at("seed"), 7);
  EXPECT_EQ(result.at("batch"), 3);
  EXPECT_EQ(result.at("threads"), 2);
  EXPECT_EQ(result.at("model").at("weights"), "w.safetensors");
  EXPECT_EQ(result.at("model").at("classes").size(), 11u);
  EXPECT_GT(result.at("model").at("parameters").get<int>(), 1000);
  EXPECT_GT(result.at("total_seconds").get<double>(), 0);
  const auto one = photo("out");
  EXPECT_EQ(one.at("path"), "2_17.png");
  EXPECT_EQ(one.at("label"), 2);
  EXPECT_EQ(one.at("target"), 9);
  EXPECT_EQ(one.at("logits").size(), 11u);
  ASSERT_EQ(one.at("maps").size(), 2u);
  const auto smooth = one.at("maps").at(0), path_map = one.at("maps").at(1);
  EXPECT_EQ(smooth.at("shape"), (std::vector<int>{32, 32, 3}));
  EXPECT_EQ(smooth.at("settings").at("samples"), 4);
  EXPECT_EQ(smooth.at("settings").at("noise_level"), 0.2);
  EXPECT_GT(smooth.at("settings").at("sigma").get<double>(), 0);
  EXPECT_GT(smooth.at("checks").at("relative_standard_error").get<double>(), 0);
  EXPECT_EQ(path_map.at("settings").at("quadrature"), "midpoint");
  EXPECT_EQ(path_map.at("settings").at("baseline"), "white");
  const auto checks = path_map.at("checks");
  EXPECT_NEAR(
      checks.at("completeness_delta").get<double>(),
      checks.at("sum").get<double>() - checks.at("logit_minus_logit_of_baseline").get<double>(),
      1e-9);

  // The command, with another folder, gives the same bytes.
  Words words = result.at("command").get<Words>();
  ASSERT_EQ(words.front(), "backlight");
  words.erase(words.begin());
  const auto out = std::find(words.begin(), words.end(), "out");
  ASSERT_NE(out, words.end());
  *out = "again";
  run_well(words);
  for (const char* method : {"smoothgrad", "integrated-gradients"})
    EXPECT_TRUE(has_same_bytes(map("again", method), map("out", method)));
}

TEST_F(ExplainTest, ReportNeedsNothingElse) {
  explain("out", {"2_17.png"});
  const std::string page = read("out/report.html");
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"));
  EXPECT_NE(page.find("</html>"), std::string::npos);
  for (const char* loaded : {"src=\"http", "src='http", "src=\"//", "url(http", "url(\"http",
                             "url(//", "@import", "<link", "<script src", "<iframe", "srcset="})
    EXPECT_EQ(page.find(loaded), std::string::npos) << loaded;
  EXPECT_NE(page.find("src=\"data:image/png;base64,"), std::string::npos);
  EXPECT_NE(page.find("2_17.png"), std::string::npos);
  for (const char* title : {"Saliency", "SmoothGrad", "Integrated Gradients"})
    EXPECT_NE(page.find(title), std::string::npos) << title;
}

TEST_F(ExplainTest, MapsHaveTheSameBytesForAnyBatchAndThreadCount) {
  const Words few{"--samples", "11", "--steps", "11", "2_17.png"};
  explain("out", few);
  for (const std::string batch : {"1", "3", "10"})
    for (const std::string threads : {"1", "2", "5"}) {
      SCOPED_TRACE("--batch " + batch + " --threads " + threads);
      Words words{"--batch", batch, "--threads", threads};
      words.insert(words.end(), few.begin(), few.end());
      explain("other", words);
      for (const std::string& method : kMethods) {
        EXPECT_EQ(read("other/2_17." + method + ".npy"), read("out/2_17." + method + ".npy"));
        EXPECT_EQ(read("other/2_17." + method + ".png"), read("out/2_17." + method + ".png"));
      }
    }
}

TEST_F(ExplainTest, TargetIsThePredictionTheLabelAnIndexOrAName) {
  write_photo("lunch.png");
  const auto target = [&](const Words& words, const std::string& image = "2_17.png") {
    Words more{"--method", "saliency"};
    more.insert(more.end(), words.begin(), words.end());
    more.push_back(image);
    explain("out", more);
    const auto one = photo("out");
    EXPECT_EQ(one.at("label").is_null(), image == "lunch.png");
    return one.at("target") == one.at("predicted") ? -1 : one.at("target").get<int>();
  };
  explain("out", {"--method", "saliency", "2_17.png"});
  const int predicted = photo("out").at("predicted");
  ASSERT_NE(predicted, 2) << "choose other weights: these get the photo right";
  EXPECT_EQ(target({}), -1);
  EXPECT_EQ(target({"--target", "predicted"}), -1);
  EXPECT_EQ(target({"--target", "label"}), 2);
  EXPECT_EQ(target({"--target", "7"}), predicted == 7 ? -1 : 7);
  const std::string name(kFoodClasses[static_cast<std::size_t>((predicted + 1) % 11)]);
  EXPECT_EQ(target({"--target", name}), (predicted + 1) % 11);
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(c));
  EXPECT_EQ(target({"--target", lower}), (predicted + 1) % 11);
  // The notebook explains the label, and the prediction where there is none.
  EXPECT_EQ(target({"--variant", "notebook"}), 2);
  EXPECT_EQ(target({"--variant", "notebook", "--target", "predicted"}), -1);
  EXPECT_EQ(target({"--variant", "notebook"}, "lunch.png"), -1);

  // Each target has a map of its own.
  explain("a", {"--method", "saliency", "--target", "0", "2_17.png"});
  explain("b", {"--method", "saliency", "--target", "1", "2_17.png"});
  EXPECT_GT(distance(map("a", "saliency"), map("b", "saliency")), 0);
}

TEST_F(ExplainTest, NotebookVariantKeepsItsConventions) {
  Words words{"explain", "--weights", "w.safetensors", "--out", "out", "--variant", "notebook"};
  words.insert(words.end(), {"--samples", "3", "2_17.png"});
  run_well(words);
  EXPECT_EQ(json("out/result.json").at("variant"), "notebook");
  const Tensor saliency = map("out", "saliency");
  ASSERT_EQ(saliency.shape(), (Shape{32, 32}));
  double least = 1e9, most = -1e9;
  for (std::int64_t i = 0; i < saliency.numel(); ++i) {
    least = std::min(least, saliency.at(i));
    most = std::max(most, saliency.at(i));
  }
  EXPECT_EQ(least, 0);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(map("out", "smoothgrad").shape(), (Shape{32, 32, 3}));
  EXPECT_EQ(settings("out", 0).at("of"), "loss");
  EXPECT_EQ(settings("out", 2).at("of"), "loss");
  EXPECT_EQ(settings("out", 2).at("noise_level"), 0.4);
  EXPECT_EQ(settings("out", 3).at("steps"), 10);
  EXPECT_EQ(settings("out", 3).at("quadrature"), "left");
  EXPECT_EQ(settings("out", 3).at("times_input"), false);
  // Magnitudes only.
  const Tensor smooth = map("out", "smoothgrad");
  for (std::int64_t i = 0; i < smooth.numel(); ++i) EXPECT_GE(smooth.at(i), 0);
}

TEST_F(ExplainTest, DefaultsAreThePapers) {
  run_well({"explain", "--weights", "w.safetensors", "--threads", "1", "2_17.png"});
  const auto maps = photo("explained").at("maps");
  ASSERT_EQ(maps.size(), 4u);
  for (std::size_t m = 0; m < 4; ++m) EXPECT_EQ(maps[m].at("method"), kMethods[m]);
  EXPECT_EQ(maps[0].at("settings").at("of"), "logit");
  EXPECT_EQ(maps[2].at("settings").at("samples"), 50);
  EXPECT_EQ(maps[2].at("settings").at("noise_level"), 0.15);
  EXPECT_EQ(maps[3].at("settings").at("steps"), 50);
  EXPECT_EQ(maps[3].at("settings").at("quadrature"), "gauss-legendre");
  EXPECT_EQ(maps[3].at("settings").at("baseline"), "black");
}

TEST_F(ExplainTest, QuadraturesAndBaselinesDiffer) {
  std::vector<Tensor> maps;
  for (const char* rule : {"gauss-legendre", "midpoint", "left", "right", "trapezoid"}) {
    explain("out", {"--method", "integrated-gradients", "--quadrature", rule, "2_17.png"});
    EXPECT_EQ(settings("out").at("quadrature"), rule);
    maps.push_back(map("out", "integrated-gradients"));
  }
  write_photo("other.png", 8, 3);
  for (const char* baseline : {"white", "mean", "other.png"}) {
    explain("out", {"--method", "integrated-gradients", "--baseline", baseline, "2_17.png"});
    EXPECT_EQ(settings("out").at("baseline"), baseline);
    maps.push_back(map("out", "integrated-gradients"));
  }
  for (std::size_t i = 0; i < maps.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_GT(distance(maps[i], maps[j]), 1e-3 * norm(maps[j])) << i << " and " << j;
  // From the photo itself there is nothing to explain.
  explain("out", {"--method", "integrated-gradients", "--baseline", "2_17.png", "2_17.png"});
  EXPECT_EQ(norm(map("out", "integrated-gradients")), 0);
}

TEST_F(ExplainTest, SamplesNoiseAndSeedReachSmoothGrad) {
  const auto smooth = [&](const Words& options) {
    Words words{"--method", "smoothgrad"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back("2_17.png");
    explain("out", words);
    return map("out", "smoothgrad");
  };
  const Tensor plain = smooth({});
  EXPECT_TRUE(has_same_bytes(smooth({"--seed", "0", "--noise", "0.15", "--samples", "4"}), plain));
  EXPECT_FALSE(has_same_bytes(smooth({"--seed", "1"}), plain));
  EXPECT_FALSE(has_same_bytes(smooth({"--seed", "18446744073709551615"}), plain));
  EXPECT_EQ(settings("out").at("seed"), 18446744073709551615ULL);
  EXPECT_FALSE(has_same_bytes(smooth({"--noise", "0.3"}), plain));
  EXPECT_FALSE(has_same_bytes(smooth({"--samples", "5"}), plain));
  // Without noise it is the gradient; one sample has no standard error.
  explain("gradient", {"--method", "saliency", "2_17.png"});
  EXPECT_TRUE(is_close(smooth({"--noise", "0"}), map("gradient", "saliency"), 1e-6));
  smooth({"--samples", "1"});
  EXPECT_TRUE(photo("out").at("maps").at(0).at("checks").at("relative_standard_error").is_null());
}

TEST_F(ExplainTest, MethodsAskedForTwiceRunOnce) {
  explain("out", {"--method", "saliency,saliency", "--method", "saliency", "2_17.png"});
  EXPECT_EQ(photo("out").at("maps").size(), 1u);
}

TEST_F(ExplainTest, SummaryIsPrintedForPeople) {
  const std::string text = run_well({"explain", "--weights", "w.safetensors", "--samples", "2",
                                     "--steps", "2", "--target", "0", "--out", "out", "2_17.png"});
  EXPECT_TRUE(text.starts_with("1 photo, 4 methods: about 16 passes, ")) << text;
  EXPECT_NE(text.find("\n2_17.png: Seafood, "), std::string::npos) << text;
  EXPECT_NE(text.find("; explained for Bread\n"), std::string::npos) << text;
  for (const std::string& method : kMethods)
    EXPECT_NE(text.find("  " + method + " "), std::string::npos) << text;
  EXPECT_NE(text.find("look at out/report.html\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace backlight::testing
