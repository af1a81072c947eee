// --compare, --tolerance and --memory of `explain`.
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"
#include "tools/comparison.h"

namespace backlight::testing {
namespace {

tools::MapResult map_of(const std::string& method, const Tensor& values) {
  tools::MapResult map;
  map.method = map.title = method;
  map.values = values;
  map.settings = {{"of", method}, {"seed", 0}};
  return map;
}

TEST(Comparison, IsTheDifferenceOfTheSharesOfMagnitude) {
  const Image photo = Image::filled(2, 2, 0, 0, 0);
  const Tensor a = Tensor::from<float>({1, -2, 3, 4}, {2, 2});   // shares .1 .2 .3 .4
  const Tensor b = Tensor::from<float>({-8, 4, -4, 4}, {2, 2});  // shares .4 .2 .2 .2
  const tools::MapResult map =
      tools::compare(photo, map_of("first", a), "first", map_of("second", b), "second");
  EXPECT_TRUE(is_close(map.values, Tensor::from<float>({-300, 0, 100, 200}, {2, 2}), 1e-5));
  EXPECT_EQ(map.method, "first-vs-second");
  EXPECT_EQ(map.checks.at("part_most_at"), (nlohmann::json{{"x", 0}, {"y", 0}}));
  EXPECT_NEAR(map.checks.at("relative_l2").get<double>(), std::sqrt(.14 / .30), 1e-6);
  EXPECT_EQ(map.settings, (nlohmann::json{{"of", {"first", "second"}}}));  // the seed is the same
  const auto same = tools::compare(photo, map_of("first", a), "x", map_of("first", a), "y").checks;
  EXPECT_EQ(same.at("relative_l2"), 0);
  EXPECT_NEAR(same.at("rank_correlation").get<double>(), 1, 1e-12);
  EXPECT_EQ(same.at("top_tenth_overlap"), 1);
}

class CompareTest : public ProgramTest {
 protected:
  CompareTest() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
  }

  static Words explain(const Words& more) {
    Words words{"explain", "--weights", "w.safetensors", "--out", "out"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back("2_17.png");
    return words;
  }

  nlohmann::json maps() const { return json("out/result.json").at("photos").at(0).at("maps"); }
};

TEST_F(CompareTest, SaysWhereAndWhyTwoConventionsPart) {
  run_well(explain({"--method", "saliency", "--compare", "paper,notebook"}));
  ASSERT_EQ(maps().size(), 2u);
  const auto map = maps().at(1);
  EXPECT_EQ(map.at("method"), "saliency.paper-vs-notebook");
  EXPECT_EQ(map.at("settings"), (nlohmann::json{{"of", {"logit", "loss"}}}));
  EXPECT_NE(map.at("check_text").get<std::string>().find("of logit against loss"),
            std::string::npos);
  EXPECT_EQ(read_npy(path("out/2_17.saliency.paper-vs-notebook.npy")).shape(), (Shape{32, 32}));
}

TEST_F(CompareTest, SaysWhereAMethodIsTheSameInBothConventions) {
  run_well(explain({"--method", "occlusion", "--compare", "captum,notebook"}));
  const auto map = maps().at(1);
  EXPECT_EQ(map.at("checks").at("relative_l2"), 0);
  EXPECT_NE(map.at("check_text").get<std::string>().find("the method is the same in both"),
            std::string::npos);
}

TEST_F(CompareTest, ComparesMethodsAndMakesThoseThatAreMissing) {
  run_well(explain(
      {"--method", "saliency", "--steps", "4", "--compare", "saliency,integrated-gradients"}));
  ASSERT_EQ(maps().size(), 3u);
  EXPECT_EQ(maps().at(2).at("method"), "saliency-vs-integrated-gradients");
  run_badly(explain({"--compare", "saliency"}), {"--compare takes two"});
  run_badly(explain({"--compare", "paper,saliency"}), {"paper is a variant and saliency is none"});
  run_badly(explain({"--compare", "saliency,sailency"}), {"did you mean 'saliency'"});
}

TEST_F(CompareTest, DrawsSamplesDownToTheTolerance) {
  run_well(explain({"--method", "smoothgrad", "--samples", "4", "--tolerance", "20%"}));
  const auto map = maps().at(0);
  EXPECT_LE(map.at("checks").at("relative_standard_error").get<double>(), 0.2);
  EXPECT_GT(map.at("settings").at("samples").get<int>(), 4);
  EXPECT_EQ(map.at("settings").at("tolerance"), 0.2);
  run_badly(explain({"--tolerance", "0"}), {"--tolerance", "1%"});
}

TEST_F(CompareTest, KeepsWithinTheMemory) {
  run_well(explain({"--method", "smoothgrad", "--samples", "5"}));
  const std::string map = read("out/2_17.smoothgrad.npy");
  const std::string plan =
      run_well(explain({"--method", "smoothgrad", "--samples", "5", "--memory", "1M"}));
  EXPECT_TRUE(plan.starts_with("1 photo, 1 method: about 10 passes, ")) << plan;
  EXPECT_EQ(read("out/2_17.smoothgrad.npy"), map);
  run_badly(explain({"--memory", "1K"}), {"--memory", "take about"});
}

}  // namespace
}  // namespace backlight::testing
