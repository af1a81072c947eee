// The methods as the program offers them: their defaults, settings and checks.
#include "tools/methods/common.h"

#include "kernels/elementwise.h"
#include "tests/testing.h"
#include "tests/xai/formula_models.h"

namespace backlight::testing {
namespace {

using tools::find_method;
using tools::Method;

class MethodTable : public ::testing::Test {
 protected:
  tools::MapResult run(const std::string& name) const {
    const Work work;
    return find_method(name).run({model_, x_, 1, options_, work});
  }

  Model model_ = Quadratic(3, 192, DType::f32);
  Tensor x_ = uniform({1, 8, 8, 3}, DType::f32, 5, 0, 1);
  tools::ExplainOptions options_;
};

TEST_F(MethodTable, AreFoundByTheirNames) {
  for (const Method& method : tools::methods()) {
    EXPECT_EQ(&find_method(method.name), &method);
    EXPECT_FALSE(method.title.empty());
    EXPECT_NE(std::string(method.text.what), "");
    EXPECT_NE(std::string(method.text.above), "");
    EXPECT_TRUE(std::string(method.text.paper.url).starts_with("https://")) << method.name;
  }
  EXPECT_EQ(tools::method_names()[2], "smoothgrad");
  EXPECT_EQ(message_of([] { find_method("smoothgard"); }),
            "there is no method 'smoothgard', did you mean 'smoothgrad'?");
  EXPECT_TRUE(message_of([] {
                find_method("tea leaves");
              }).starts_with("there is no method 'tea leaves'; there are 'saliency', "));
}

TEST_F(MethodTable, GiveMapsWithoutTheBatchAxis) {
  options_.samples = options_.steps = 3;
  for (const Method* method : tools::choose_methods(options_)) {
    const tools::MapResult map = run(method->name);
    EXPECT_EQ(map.values.shape(), (Shape{8, 8, 3})) << method->name;
    EXPECT_FALSE(map.check_text.empty());
    EXPECT_TRUE(map.settings.is_object() && map.checks.is_object());
  }
  options_.variant = Variant::notebook;
  EXPECT_EQ(run("saliency").values.shape(), (Shape{8, 8}));
}

TEST_F(MethodTable, AreChosenOnceInTheOrderGiven) {
  tools::ExplainOptions options;
  const auto names = [&](const std::vector<std::string>& asked) {
    options.methods = asked;
    std::vector<std::string> chosen;
    for (const Method* method : tools::choose_methods(options)) chosen.push_back(method->name);
    return chosen;
  };
  EXPECT_EQ(names({"smoothgrad", "saliency", "smoothgrad"}),
            (std::vector<std::string>{"smoothgrad", "saliency"}));
  EXPECT_EQ(names({"all"}), tools::method_names());
  EXPECT_EQ(names({}).front(), "saliency");
  options.compare = {"lrp", "lime"};
  EXPECT_EQ(names({}), options.compare);
  EXPECT_EQ(names({"lime"}), (std::vector<std::string>{"lime", "lrp"}));
  options.compare = {"paper", "notebook"};
  EXPECT_EQ(names({"lime"}), (std::vector<std::string>{"lime"}));
  EXPECT_NE(message_of([&] { names({"saliency", "sailency"}); }), "");
}

TEST_F(MethodTable, LeaveOutOfAllWhatExplainsLogitsOnly) {
  options_.of = Of::probability;
  options_.methods = {"all"};
  const auto chosen = tools::choose_methods(options_);
  EXPECT_EQ(chosen.size() + 1, tools::methods().size());
  for (const Method* method : chosen) EXPECT_NE(method->name, "lrp");
  options_.methods = {"lrp"};
  EXPECT_NE(message_of([&] { tools::choose_methods(options_); }).find("explains logits only"),
            std::string::npos);
}

TEST_F(MethodTable, TakeTheirOwnSamplesBeforeThoseForAll) {
  options_.samples = 4;
  options_.samples_of = {{"smoothgrad", 9}};
  const auto samples = [&](const char* name) {
    const Work work;
    return tools::run_method(tools::find_method(name), {model_, x_, 1, options_, work, {}})
        .settings.at("samples")
        .get<int>();
  };
  EXPECT_EQ(samples("smoothgrad"), 9);
  EXPECT_EQ(samples("gradient-shap"), 4);
  EXPECT_EQ(tools::find_method("smoothgrad").cost(options_, 8), 18);
  EXPECT_EQ(tools::find_method("gradient-shap").cost(options_, 8), 8);
}

TEST_F(MethodTable, ExplainTheScoreThatWasAskedFor) {
  const Tensor logit = run("saliency").values;
  options_.of = Of::probability;
  const Tensor probability = run("saliency").values;
  const double p = softmax(model_(x_)).value().at(1);
  EXPECT_FALSE(has_same_bytes(logit, probability));
  options_.of = Of::loss;  // -log p: its gradient is that of p over -p
  EXPECT_TRUE(is_close(run("saliency").values, kernels::affine(probability, -1 / p, 0), 1e-5));
  EXPECT_EQ(run("saliency").settings.at("of"), "loss");
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
