#include "xai/occlusion.h"

#include "tests/xai/formula_models.h"
#include "tests/xai/perturbation_fixture.h"

namespace backlight::testing {
namespace {

TEST(Occlusion, IsCaptums) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    for (const auto& [window, stride, windows] :
         {std::array{4, 4, 16}, std::array{5, 3, 25}, std::array{16, 1, 1}}) {
      SCOPED_TRACE(str(name, ", window ", window, ", stride ", stride));
      const OcclusionResult result =
          occlusion(fixture.network.model, fixture.x, fixture.other, fixture.objective,
                    {.window = window, .stride = stride}, {.batch = 3});
      EXPECT_TRUE(is_close(result.values,
                           fixture.expected.at(str("occlusion.", window, "s", stride)), 1e-12));
      EXPECT_EQ(result.windows, windows);
    }
  }
}

// The logit of the Quadratic model is a sum over pixels, and so is what a window takes away.
TEST(Occlusion, OfAnAdditiveModelIsTheMeanOverWindowsOfTheirSums) {
  const Quadratic model(3, 7 * 5 * 2, DType::f64);
  const Tensor x = uniform({1, 7, 5, 2}, DType::f64, 3),
               baseline = uniform({1, 7, 5, 2}, DType::f64, 4);
  const OcclusionResult result =
      occlusion(model, x, baseline, logit_of(1), {.window = 3, .stride = 2});
  const Tensor terms = model.contributions(1, x, baseline);
  // Windows begin at 0, 2, 4 down and at 0, 2 across: none is cut off.
  EXPECT_EQ(result.windows, 6);
  Tensor expected = Tensor::zeros({7, 5}, DType::f64);
  double fall = 0, rise = 0, all = 0;
  std::vector<double> covered(35);
  for (std::int64_t top : {0, 2, 4})
    for (std::int64_t left : {0, 2}) {
      double sum = 0;
      for (int pass = 0; pass < 2; ++pass)
        for (std::int64_t y = top; y < top + 3; ++y)
          for (std::int64_t at = left; at < left + 3; ++at) {
            const std::int64_t i = y * 5 + at;
            if (pass == 0) sum += terms.at(2 * i) + terms.at(2 * i + 1);
            if (pass == 1) expected.mutable_data<double>()[i] += sum;
            covered[static_cast<std::size_t>(i)] += pass;
          }
      fall = std::max(fall, sum);
      rise = std::max(rise, -sum);
    }
  for (std::int64_t i = 0; i < 35; ++i) {
    expected.mutable_data<double>()[i] /= covered[static_cast<std::size_t>(i)];
    all += terms.at(2 * i) + terms.at(2 * i + 1);
  }
  EXPECT_TRUE(is_close(result.values, expected, 1e-12));
  EXPECT_NEAR(result.fall, fall, 1e-12);
  EXPECT_NEAR(result.rise, rise, 1e-12);
  EXPECT_NEAR(result.score, evaluate(model, x, logit_of(1)), 1e-12);
  EXPECT_NEAR(result.score - result.baseline, all, 1e-12);
}

// Of 6 pixels, windows of 4 at a stride of 3 begin at 0 and 3; the second has 3 pixels.
TEST(Occlusion, CutsTheLastWindowOffAtTheEdge) {
  const Model total = [](const Var& x) { return sum_to(flatten(x), {x.dim(0), 1}); };
  const Tensor x = Tensor::full({1, 6, 4, 1}, 1, DType::f64);
  const OcclusionResult result = occlusion(total, x, Tensor::zeros(x.shape(), DType::f64),
                                           logit_of(0), {.window = 4, .stride = 3});
  EXPECT_EQ(result.windows, 2);
  EXPECT_EQ(result.values.at(0), 16);                  // row 0: the first window's 4 x 4 pixels
  EXPECT_EQ(result.values.at(3 * 4), (16 + 12) / 2.);  // row 3: both
  EXPECT_EQ(result.values.at(5 * 4), 12);              // row 5: the second's 3 x 4
  EXPECT_EQ(result.fall, 16);
  EXPECT_EQ(result.rise, 0);
}

TEST(Occlusion, RefusesWindowsThatDoNotCoverThePicture) {
  const Quadratic model(2, 24, DType::f64);
  const Tensor x = uniform({1, 4, 3, 2}, DType::f64, 3);
  const auto message = [&](const Tensor& baseline, const OcclusionOptions& options) {
    return message_of([&] { occlusion(model, x, baseline, logit_of(0), options); });
  };
  EXPECT_EQ(message(x, {.window = 3, .stride = 3}), "");
  EXPECT_EQ(message(x, {.window = 4, .stride = 1}),
            "a window of 4 pixels does not fit a picture of 3");
  EXPECT_EQ(message(x, {.window = 2, .stride = 3}),
            "a stride of 3 pixels leaves some between windows of 2; take one from 1 to the window");
  EXPECT_NE(message(x, {.window = 0, .stride = 1}), "");
  EXPECT_NE(message(x, {.window = 2, .stride = 0}), "");
  EXPECT_NE(message(uniform({1, 4, 3, 1}, DType::f64, 3), {.window = 2, .stride = 1}), "");
  EXPECT_NE(message(x.to(DType::f32), {.window = 2, .stride = 1}), "");
}

}  // namespace
}  // namespace backlight::testing
