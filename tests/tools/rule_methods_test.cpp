// The methods that are rules for gradients, as the program offers them.
#include <filesystem>

#include "kernels/elementwise.h"
#include "models/image/image.h"
#include "tensor/file.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"
#include "tools/methods/common.h"
#include "xai/deeplift.h"
#include "xai/gradient_shap.h"

namespace backlight::testing {
namespace {

// A convolution "conv", a ReLU and three logits, of 16 x 16 pictures.
struct SmallNetwork {
  Tensor weight = uniform({4, 3, 3, 3}, DType::f32, 1), bias = uniform({4}, DType::f32, 2);
  Tensor head = uniform({3, 16 * 16 * 4}, DType::f32, 3);
  Var operator()(const Var& x) const {
    Var value;
    {
      const LayerScope scope("conv");
      value = observe(relu(conv2d(x, weight, bias, {.stride = 1, .padding = 1})));
    }
    return linear(flatten(value), head, Var());
  }
};

class RuleMethods : public ::testing::Test {
 protected:
  tools::MapResult run(const std::string& name) const {
    const Work work;
    return tools::find_method(name).run({model_, x_, 1, options_, work, names_, "conv"});
  }

  Model model_ = SmallNetwork();
  Tensor x_ = uniform({1, 16, 16, 3}, DType::f32, 5, 0, 1);
  std::vector<std::string> names_{"a", "b", "c"};
  tools::ExplainOptions options_;
};

TEST_F(RuleMethods, GiveMapsAndChecks) {
  for (const std::string name :
       {"guided-backprop", "deconvolution", "guided-grad-cam", "deeplift", "deepshap"}) {
    const tools::MapResult map = run(name);
    EXPECT_EQ(map.values.shape(), (Shape{16, 16, 3})) << name;
    EXPECT_FALSE(map.check_text.empty());
  }
  const tools::MapResult cam = run("grad-cam");
  EXPECT_EQ(cam.values.shape(), (Shape{16, 16}));
  EXPECT_EQ(cam.settings.at("layer"), "conv");
  EXPECT_EQ(cam.extra.front().values.shape(), Shape{4});
  options_.layer = "no";
  EXPECT_NE(message_of([&] { run("grad-cam"); }).find("'no'"), std::string::npos);
}

TEST_F(RuleMethods, AreCompleteAndSayAgainstWhat) {
  options_.baseline = "white";
  for (const std::string name : {"deeplift", "deepshap"}) {
    const tools::MapResult map = run(name);
    EXPECT_EQ(map.checks.at("ok"), true) << name;
    EXPECT_FALSE(!(std::abs(map.checks.at("completeness_delta").get<double>()) <= 1e-4));
  }
  EXPECT_EQ(run("deeplift").settings.at("baseline"), "white");
  EXPECT_EQ(run("deepshap").settings.at("background"), "5 demo scenes");
  options_.samples = 2;
  EXPECT_EQ(run("deepshap").settings.at("background"), "2 demo scenes");
}

TEST_F(RuleMethods, DeepShapExplainsEveryClassAgainstAFolder) {
  options_.background = std::string(BACKLIGHT_FIXTURES) + "/food_cnn/pictures";
  options_.samples = 2;
  const tools::MapResult map = run("deepshap");
  EXPECT_EQ(map.settings.at("background"), "2 of 4 photos in " + options_.background);
  const auto picture = [&](int n) {
    return tools::baseline_for(str(options_.background, "/", n, ".png"), x_);
  };
  const auto expected = deepshap(model_, x_, concatenate({picture(0), picture(2)}),
                                 {logit_of(0), logit_of(1), logit_of(2)});
  ASSERT_EQ(map.extra.front().name, "classes");
  for (std::int64_t c = 0; c < 3; ++c)
    EXPECT_TRUE(has_same_bytes(map.extra.front().values.rows(c, 1),
                               expected[static_cast<std::size_t>(c)].values));
  EXPECT_TRUE(has_same_bytes(map.values, expected[1].values.reshape({16, 16, 3})));
  ASSERT_TRUE(map.drawing);
  EXPECT_TRUE(map.drawing->is_whole_figure);
  options_.background = std::string(BACKLIGHT_FIXTURES) + "/rules";
  EXPECT_NE(message_of([&] { run("deepshap"); }).find("there is no photo"), std::string::npos);
  options_.background = "/nowhere";
  EXPECT_NE(message_of([&] { run("deepshap"); }).find("/nowhere"), std::string::npos);
}

// In a variant that a method does not name, it is its paper's.
TEST_F(RuleMethods, DepartInNoVariantThatTheyDoNotName) {
  options_.samples = 16;
  options_.steps = 4;
  options_.layer = "conv";
  options_.segmentation.segments = 4;
  options_.window = options_.stride = 8;
  for (const tools::Method& method : tools::methods()) {
    options_.variant = Variant::paper;
    const tools::MapResult paper = run(method.name);
    for (std::size_t v = 1; v < variant_names().size(); ++v) {
      options_.variant = static_cast<Variant>(v);
      if (method.effective(options_.variant) != Variant::paper) continue;
      const tools::MapResult map = run(method.name);
      EXPECT_TRUE(has_same_bytes(map.values, paper.values))
          << method.name << ", " << variant_names()[v];
      EXPECT_EQ(map.settings, paper.settings) << method.name;
    }
  }
  for (const std::string name : {"saliency", "smoothgrad", "integrated-gradients", "lime"}) {
    options_.variant = Variant::paper;
    const tools::MapResult paper = run(name);
    EXPECT_EQ(tools::find_method(name).effective(Variant::captum), Variant::paper);
    options_.variant = tools::find_method(name).effective(Variant::notebook);
    EXPECT_EQ(options_.variant, Variant::notebook);
    const tools::MapResult notebook = run(name);
    EXPECT_FALSE(notebook.settings == paper.settings &&
                 has_same_bytes(notebook.values, paper.values))
        << name;
  }
}

TEST_F(RuleMethods, GradientShapBeginsAtABackgroundOrABaseline) {
  options_.background = std::string(BACKLIGHT_FIXTURES) + "/food_cnn/pictures";
  options_.samples = 6;
  const tools::MapResult map = run("gradient-shap");
  EXPECT_EQ(map.settings.at("background"), "4 of 4 photos in " + options_.background);
  EXPECT_TRUE(map.checks.contains("logit_minus_logit_of_background"));
  std::vector<Tensor> pictures;
  for (int n = 0; n < 4; ++n)
    pictures.push_back(tools::baseline_for(str(options_.background, "/", n, ".png"), x_));
  const auto expected =
      gradient_shap(model_, x_, concatenate(pictures), logit_of(1), {.samples = 6});
  EXPECT_TRUE(has_same_bytes(map.values, expected.values.reshape({16, 16, 3})));
  options_.background = "";
  options_.baseline = "white";
  EXPECT_EQ(run("gradient-shap").settings.at("baseline"), "white");
}

}  // namespace
}  // namespace backlight::testing
