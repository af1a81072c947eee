// LIME as the program offers it: settings, checks, what it writes.
#include "models/image/image.h"
#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"
#include "tests/xai/formula_models.h"
#include "tools/methods.h"

namespace backlight::testing {
namespace {

class LimeMethod : public ::testing::Test {
 protected:
  LimeMethod() {
    options_.samples = 60;
    options_.segmentation = {.segments = 4, .compactness = 50, .sigma = 0};
  }
  tools::MapResult run() const {
    const Work work;
    return tools::find_method("lime").run({model_, x_, 1, options_, work, names_});
  }

  Model model_ = Quadratic(3, 192, DType::f32);
  Tensor x_ = uniform({1, 8, 8, 3}, DType::f32, 5, 0, 1);
  std::vector<std::string> names_{"Bread", "Soup & stew", "Egg"};
  tools::ExplainOptions options_;
};

TEST_F(LimeMethod, TellsItsSegmentsAndWeights) {
  const tools::MapResult map = run();
  EXPECT_EQ(map.values.shape(), (Shape{8, 8}));
  EXPECT_EQ(map.settings.at("of"), "logit");
  EXPECT_EQ(map.settings.at("samples"), 60);
  EXPECT_EQ(map.settings.at("segmentation"), "slic");
  EXPECT_EQ(map.settings.at("segments_asked_for"), 4);
  EXPECT_EQ(map.settings.at("fill"), "mean");
  ASSERT_EQ(map.extra.size(), 2u);
  EXPECT_EQ(map.extra[0].name, "segments");
  const Tensor& segments = map.extra[0].values;
  EXPECT_EQ(segments.dtype(), DType::i32);
  ASSERT_EQ(segments.shape(), (Shape{8, 8}));
  const auto weights = map.details.at("weights").get<std::vector<double>>();
  ASSERT_EQ(map.settings.at("segments"), weights.size());
  ASSERT_GT(weights.size(), 1u);
  for (std::int64_t i = 0; i < segments.numel(); ++i)
    EXPECT_NEAR(map.values.at(i), weights[static_cast<std::size_t>(segments.at(i))], 1e-5);
  EXPECT_EQ(map.details.at("r2"), map.checks.at("r2"));
  EXPECT_EQ(map.checks.at("ok"), map.checks.at("r2").get<double>() >= 0.5);
  EXPECT_NEAR(map.checks.at("score").get<double>(), evaluate(model_, x_, logit_of(1)), 1e-4);
  EXPECT_FALSE(map.details.contains("weight_of_the_invented_segment"));
  ASSERT_TRUE(map.drawing);
  EXPECT_NE(map.drawing->legend.find("Soup & stew"), std::string::npos);
}

TEST_F(LimeMethod, FollowsItsOptions) {
  const Tensor usual = run().values;
  options_.fill = Fill::black;
  EXPECT_FALSE(has_same_bytes(run().values, usual));
  options_.fill = Fill::mean;
  options_.seed = 1;
  EXPECT_FALSE(has_same_bytes(run().values, usual));
  options_.of = Of::probability;
  EXPECT_EQ(run().settings.at("of"), "probability");
  options_.segmentation.by = tools::Segmentation::quickshift;
  const tools::MapResult map = run();
  EXPECT_EQ(map.settings.at("segmentation"), "quickshift");
  EXPECT_EQ(map.settings.at("max_dist"), 200);
  EXPECT_FALSE(map.settings.contains("compactness"));
  options_.samples.reset();
  EXPECT_EQ(run().settings.at("samples"), 1000);
}

TEST_F(LimeMethod, AsksForMoreSamplesThanSegments) {
  EXPECT_EQ(run().check_text.find("flatters"), std::string::npos);
  options_.samples = 3;
  const tools::MapResult map = run();
  EXPECT_NE(map.check_text.find("flatters"), std::string::npos);
  EXPECT_EQ(map.checks.at("ok"), false);
}

TEST_F(LimeMethod, NotebookTellsOfTheInventedSegment) {
  options_.variant = Variant::notebook;
  const tools::MapResult map = run();
  EXPECT_TRUE(map.details.contains("weight_of_the_invented_segment"));
  EXPECT_EQ(map.details.at("weights").back(), 0);
  const tools::Method& method = tools::find_method("lime");
  EXPECT_STRNE(method.text_in(Variant::notebook).what, method.text.what);
}

class LimeProgram : public ProgramTest {
 protected:
  LimeProgram() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
  }
  void explain(const std::string& out, const Words& more) const {
    Words words{"explain", "--weights", "w.safetensors", "--method",  "lime", "--segments", "9",
                "--out",   out,         "2_17.png",      "--samples", "12"};
    words.insert(words.end(), more.begin(), more.end());
    run_well(words);
  }
};

TEST_F(LimeProgram, WritesMapFigureAndSegments) {
  explain("out", {"--compactness", "20", "--sigma", "0.5", "--fill", "blurred"});
  EXPECT_EQ(listing("out"), (Words{"2_17.lime.drawing.png", "2_17.lime.npy", "2_17.lime.png",
                                   "2_17.lime.segments.npy", "2_17.lime.standard-error.npy",
                                   "report.html", "result.json"}));
  const Tensor segments = read_npy(path("out/2_17.lime.segments.npy"));
  EXPECT_EQ(segments.dtype(), DType::i32);
  EXPECT_EQ(segments.shape(), (Shape{32, 32}));
  const auto map = json("out/result.json").at("photos").at(0).at("maps").at(0);
  EXPECT_EQ(map.at("files").at("segments"), "2_17.lime.segments.npy");
  EXPECT_EQ(map.at("shape"), (std::vector<int>{32, 32}));
  EXPECT_EQ(map.at("details").at("weights").size(), map.at("settings").at("segments"));
  EXPECT_EQ(map.at("settings").at("fill"), "blurred");
  EXPECT_EQ(map.at("settings").at("blur_sigma"), 0.5);
  const std::string page = read("out/report.html");
  EXPECT_NE(page.find("Green speaks for"), std::string::npos);
  EXPECT_NE(page.find("https://arxiv.org/abs/1602.04938"), std::string::npos);

  // The command in result.json, with another folder and batch, gives the same bytes.
  Words words = json("out/result.json").at("command").get<Words>();
  words.erase(words.begin());
  *std::find(words.begin(), words.end(), "out") = "again";
  words.insert(words.end(), {"--batch", "5"});
  run_well(words);
  for (const char* file : {"2_17.lime.npy", "2_17.lime.png", "2_17.lime.segments.npy"})
    EXPECT_EQ(read(str("again/", file)), read(str("out/", file))) << file;
}

TEST_F(LimeProgram, NamesWhatItDoesNotKnow) {
  const auto refused = [&](const Words& more) {
    Words words{"explain", "--weights", "w.safetensors", "--method", "lime", "2_17.png"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words).err;
  };
  EXPECT_NE(refused({"--segmentation", "slick"}).find("did you mean 'slic'"), std::string::npos);
  EXPECT_NE(refused({"--fill", "meen"}).find("did you mean 'mean'"), std::string::npos);
  EXPECT_NE(refused({"--compactness", "0"}), "");
  EXPECT_NE(refused({"--segments", "0"}), "");
  EXPECT_NE(refused({"--samples", "1"}).find("at least two samples"), std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
