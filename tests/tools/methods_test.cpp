// The methods as the program offers them: their defaults, settings and checks.
#include "tools/methods.h"

#include "tests/testing.h"
#include "tests/xai/formula_models.h"

namespace backlight::testing {
namespace {

using tools::find_method;
using tools::Method;

class MethodTable : public ::testing::Test {
 protected:
  tools::MapResult run(const std::string& name) const {
    return find_method(name).run({model_, x_, 1, options_, {}});
  }

  Model model_ = Quadratic(3, 192, DType::f32);
  Tensor x_ = uniform({1, 8, 8, 3}, DType::f32, 5, 0, 1);
  tools::ExplainOptions options_;
};

TEST_F(MethodTable, AreFoundByTheirNames) {
  ASSERT_EQ(tools::methods().size(), 4u);
  for (const Method& method : tools::methods()) {
    EXPECT_EQ(&find_method(method.name), &method);
    EXPECT_FALSE(method.title.empty());
  }
  EXPECT_EQ(tools::method_names()[2], "smoothgrad");
  EXPECT_EQ(message_of([] { find_method("smoothgard"); }),
            "there is no method 'smoothgard', did you mean 'smoothgrad'?");
  EXPECT_EQ(message_of([] { find_method("lime"); }),
            "there is no method 'lime'; there are 'saliency', 'input-x-gradient', 'smoothgrad', "
            "'integrated-gradients'");
}

TEST_F(MethodTable, GiveMapsWithoutTheBatchAxis) {
  options_.samples = options_.steps = 3;
  for (const Method& method : tools::methods()) {
    const tools::MapResult map = run(method.name);
    EXPECT_EQ(map.values.shape(), (Shape{8, 8, 3})) << method.name;
    EXPECT_FALSE(map.check_text.empty());
    EXPECT_TRUE(map.settings.is_object() && map.checks.is_object());
  }
  options_.variant = Variant::notebook;
  EXPECT_EQ(run("saliency").values.shape(), (Shape{8, 8}));
}

TEST_F(MethodTable, DefaultsFollowTheVariant) {
  EXPECT_EQ(run("smoothgrad").settings.at("samples"), 50);
  EXPECT_EQ(run("integrated-gradients").settings.at("steps"), 50);
  options_.variant = Variant::notebook;
  EXPECT_EQ(run("smoothgrad").settings.at("samples"), 500);
  EXPECT_EQ(run("integrated-gradients").settings.at("steps"), 10);
  options_.samples = options_.steps = 7;
  EXPECT_EQ(run("smoothgrad").settings.at("samples"), 7);
  EXPECT_EQ(run("integrated-gradients").settings.at("steps"), 7);
}

// A quadratic is explained without error by its slope and by Gauss and Legendre.
TEST_F(MethodTable, ChecksSayHowGoodTheMapIs) {
  EXPECT_NEAR(run("saliency").checks.at("relative_difference").get<double>(), 0, 1e-2);
  EXPECT_NEAR(run("integrated-gradients").checks.at("completeness_delta").get<double>(), 0, 1e-4);
  options_.quadrature = Quadrature::left;
  const auto checks = run("integrated-gradients").checks;
  const double delta = checks.at("completeness_delta");
  EXPECT_GT(std::abs(delta), 1e-3);
  EXPECT_NEAR(
      delta,
      checks.at("sum").get<double>() - checks.at("logit_minus_logit_of_baseline").get<double>(),
      1e-9);
  options_.samples = 1;
  EXPECT_TRUE(run("smoothgrad").checks.at("relative_standard_error").is_null());
  options_.samples = 2;
  EXPECT_GT(run("smoothgrad").checks.at("relative_standard_error").get<double>(), 0);
}

TEST_F(MethodTable, BaselinesArePicturesOfTheSameSize) {
  EXPECT_EQ(norm(tools::baseline_for("black", x_)), 0);
  EXPECT_TRUE(has_same_bytes(tools::baseline_for("white", x_), Tensor::full(x_.shape(), 1)));
  const Tensor mean = tools::baseline_for("mean", x_);
  ASSERT_EQ(mean.shape(), x_.shape());
  for (std::int64_t c = 0; c < 3; ++c) {
    double expected = 0;
    for (std::int64_t p = 0; p < 64; ++p) expected += x_.at(3 * p + c) / 64;
    for (std::int64_t p = 0; p < 64; ++p) EXPECT_NEAR(mean.at(3 * p + c), expected, 1e-6);
  }
  const Tensor picture =
      tools::baseline_for(std::string(BACKLIGHT_FIXTURES) + "/food_cnn/pictures/0.png", x_);
  EXPECT_EQ(picture.shape(), x_.shape());
  EXPECT_GT(norm(picture), 0);
  EXPECT_NE(message_of([&] { tools::baseline_for("grey", x_); }), "");
}

}  // namespace
}  // namespace backlight::testing
