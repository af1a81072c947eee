// The methods that change the photo piece by piece, as the program offers them.
#include "kernels/elementwise.h"
#include "tests/testing.h"
#include "tests/xai/formula_models.h"
#include "tools/methods.h"

namespace backlight::testing {
namespace {

// A model that is a sum over pixels: what each piece adds is known.
class PerturbationMethods : public ::testing::Test {
 protected:
  PerturbationMethods() {
    options_.window = options_.stride = 4;
    options_.segmentation.segments = 6;
    options_.segmentation.compactness = 30;
    options_.seed = 3;
  }

  tools::MapResult run(const std::string& name) const {
    const Work work;
    return tools::find_method(name).run({model_, x_, 1, options_, work});
  }

  double rise_from_black() const {
    return evaluate(model_, x_, logit_of(1)) -
           evaluate(model_, Tensor::zeros(x_.shape()), logit_of(1));
  }

  Quadratic quadratic_{3, 16 * 16 * 3, DType::f32};
  Model model_ = quadratic_;
  Tensor x_ = uniform({1, 16, 16, 3}, DType::f32, 5, 0, 1);
  tools::ExplainOptions options_;
};

TEST_F(PerturbationMethods, GiveOneNumberAPixel) {
  options_.samples = 20;
  for (const char* name :
       {"occlusion", "rise", "feature-ablation", "kernel-shap", "shapley-sampling"}) {
    const tools::MapResult map = run(name);
    EXPECT_EQ(map.values.shape(), (Shape{16, 16})) << name;
    EXPECT_EQ(map.values.dtype(), DType::f32) << name;
    EXPECT_EQ(map.settings.at("of"), "logit") << name;
    EXPECT_EQ(map.settings.at("baseline"), "black") << name;
    EXPECT_FALSE(map.check_text.empty()) << name;
    EXPECT_GT(tools::find_method(name).passes(options_, 128), 1) << name;
  }
  EXPECT_EQ(run("gradient-shap").values.shape(), (Shape{16, 16, 3}));
}

TEST_F(PerturbationMethods, CoverWithWindowsOfTheSizeAskedFor) {
  const tools::MapResult map = run("occlusion");
  EXPECT_EQ(map.settings.at("window"), 4);
  EXPECT_EQ(map.checks.at("windows"), 16);
  // Windows that do not overlap take everything away once.
  const Tensor ones = Tensor::full({16, 16}, 1);
  EXPECT_NEAR(dot(map.values, ones) / 16, rise_from_black(), 1e-3);
  options_.baseline = "white";
  EXPECT_FALSE(has_same_bytes(run("occlusion").values, map.values));
}

TEST_F(PerturbationMethods, AgreeOnSegmentsOfAnAdditiveModel) {
  options_.samples = 30;
  const tools::MapResult ablation = run("feature-ablation"), kernel = run("kernel-shap"),
                         sampling = run("shapley-sampling");
  EXPECT_TRUE(is_close(kernel.values, ablation.values, 1e-3));
  EXPECT_TRUE(is_close(sampling.values, ablation.values, 1e-3));
  for (const tools::MapResult& map : {ablation, kernel, sampling}) {
    EXPECT_NEAR(map.checks.at("sum").get<double>(), rise_from_black(), 1e-3);
    ASSERT_EQ(map.extra.size(), 1u);
    EXPECT_EQ(map.extra[0].name, "segments");
    EXPECT_EQ(map.extra[0].values.shape(), (Shape{16, 16}));
    EXPECT_TRUE(map.drawing.has_value());
  }
  EXPECT_EQ(sampling.settings.at("samples"), 30);
  EXPECT_TRUE(kernel.checks.at("ok").get<bool>());
  EXPECT_EQ(kernel.details.at("shapley_values").size(), kernel.settings.at("segments"));
}

// A number of samples that suits other methods is no reason to refuse.
TEST_F(PerturbationMethods, GiveKernelShapAsManySamplesAsItNeeds) {
  options_.samples = 1;
  options_.segmentation.segments = 20;
  const tools::MapResult map = run("kernel-shap");
  EXPECT_GE(map.settings.at("samples").get<double>(),
            2 * map.settings.at("segments").get<double>());
  EXPECT_TRUE(is_close(map.values, run("feature-ablation").values, 1e-3));
}

TEST_F(PerturbationMethods, SayHowFarTheyAreFromTheirLimit) {
  for (const char* name : {"rise", "gradient-shap", "shapley-sampling"}) {
    options_.samples = 2;
    EXPECT_GE(run(name).checks.at("relative_standard_error").get<double>(), 0) << name;
    options_.samples = 1;
    const tools::MapResult single = run(name);
    EXPECT_TRUE(single.checks.at("relative_standard_error").is_null()) << name;
    EXPECT_FALSE(single.checks.contains("ok")) << name;
  }
  // Four times the samples, half the error.
  options_.samples = 200;
  const double few = run("rise").checks.at("relative_standard_error");
  options_.samples = 800;
  const double many = run("rise").checks.at("relative_standard_error");
  EXPECT_NEAR(many / few, 0.5, 0.2);
}

TEST_F(PerturbationMethods, DrawRiseFromItsMean) {
  options_.samples = 50;
  const tools::MapResult map = run("rise");
  ASSERT_TRUE(map.drawing.has_value());
  EXPECT_EQ(map.drawing->image.width, 16);
  const Tensor shown = map.at_size_of(map.drawing->image);
  EXPECT_NEAR(dot(shown, Tensor::full(shown.shape(), 1)), 0, 1e-4);
  EXPECT_GT(std::abs(map.level), 1e-3);
  ASSERT_EQ(map.extra.size(), 1u);
  EXPECT_EQ(map.extra[0].name, "standard-error");
  EXPECT_EQ(map.extra[0].values.shape(), (Shape{16, 16}));
}

}  // namespace
}  // namespace backlight::testing
