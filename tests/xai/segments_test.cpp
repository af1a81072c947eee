#include "xai/segmentation/segments.h"

#include "kernels/elementwise.h"
#include "tests/xai/formula_models.h"
#include "xai/blend.h"
#include "xai/coalitions.h"
#include "xai/feature_ablation.h"
#include "xai/kernel_shap.h"
#include "xai/segmentation/grid.h"

namespace backlight::testing {
namespace {

Tensor numbered(const std::vector<std::int32_t>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

TEST(Segments, AreNumberedFromZeroWithoutGaps) {
  EXPECT_EQ(count_segments(numbered({2, 0, 1, 1}, {2, 2})), 3);
  EXPECT_EQ(count_segments(numbered({0, 0}, {1, 2})), 1);
  const auto message = [](const Tensor& segments) {
    return message_of([&] { count_segments(segments); });
  };
  EXPECT_EQ(message(numbered({1, 2, 2, 1}, {2, 2})),
            "segments are numbered without gaps, but no pixel has 0");
  EXPECT_EQ(message(numbered({0, 2, 2, 0}, {2, 2})),
            "segments are numbered without gaps, but no pixel has 1");
  EXPECT_EQ(message(numbered({0, -1}, {1, 2})),
            "segments are numbered from 0, but one has the number -1");
  EXPECT_NE(message(numbered({0, 2000000000}, {1, 2})), "");  // and does not count to it
  EXPECT_NE(message(numbered({0, 1}, {2})), "");
  EXPECT_NE(message(Tensor::zeros({2, 2}, DType::i64)), "");
}

TEST(Segments, SpreadTheirValuesOverTheirPixels) {
  const Tensor map = spread_over_segments({10, 20, 30}, numbered({2, 0, 1, 1}, {2, 2}), DType::f32);
  EXPECT_TRUE(has_same_bytes(map, Tensor::from<float>({30, 10, 20, 20}, {2, 2})));
  EXPECT_EQ(message_of([] {
              spread_over_segments({1, 2}, numbered({2, 0, 1, 1}, {2, 2}), DType::f32);
            }),
            "2 values do not fit 3 segments");
}

TEST(Segments, OfAGridAreRectangles) {
  EXPECT_TRUE(has_same_bytes(grid_segments(3, 5, 2, 2), numbered({0, 0, 0, 1, 1,  //
                                                                  0, 0, 0, 1, 1,  //
                                                                  2, 2, 2, 3, 3},
                                                                 {3, 5})));
  EXPECT_EQ(count_segments(grid_segments(128, 96, 7, 11)), 77);
  EXPECT_EQ(count_segments(grid_segments(4, 4, 4, 4)), 16);
  EXPECT_NE(message_of([] { grid_segments(4, 4, 5, 4); }), "");
  EXPECT_NE(message_of([] { grid_segments(4, 4, 2, 0); }), "");
}

TEST(Blend, TakesEachPixelWhole) {
  const Tensor x = uniform({1, 2, 2, 3}, DType::f32, 1), b = uniform({1, 2, 2, 3}, DType::f32, 2);
  const Tensor masks = Tensor::from<float>({1, 0, 0, 1, 0, 0, 0, 0.25f}, {2, 2, 2, 1});
  const Tensor blended = blend(x, b, masks);
  ASSERT_EQ(blended.shape(), (Shape{2, 2, 2, 3}));
  for (std::int64_t i = 0; i < 24; ++i) {
    const std::int64_t at = i % 12;
    const double m = masks.at(i / 3), expected = m * x.at(at) + (1 - m) * b.at(at);
    if (m == 0 || m == 1)
      EXPECT_EQ(blended.at(i), expected);
    else
      EXPECT_NEAR(blended.at(i), expected, 1e-6);
  }
}

TEST(SegmentGame, ShowsASegmentOrItsBaseline) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 1), b = uniform({1, 2, 2, 3}, DType::f64, 2);
  const Tensor segments = numbered({0, 1, 1, 2}, {2, 2});
  const SegmentGame game(model, logit_of(1), x, b, segments);
  ASSERT_EQ(game.players(), 3);
  const std::vector<Coalition> coalitions{
      {true, false, true}, game.nobody(), game.everybody(), {false, true, false}};
  const auto coalition = [&](std::int64_t k) { return coalitions[static_cast<std::size_t>(k)]; };
  const std::vector<double> worths = game.worths(4, coalition, {.batch = 3});
  for (std::size_t k = 0; k < 4; ++k) {
    Tensor input(x.shape(), DType::f64);
    for (std::int64_t i = 0; i < 12; ++i) {
      const bool shown = coalitions[k][static_cast<std::size_t>(segments.at(i / 3))];
      input.mutable_data<double>()[i] = (shown ? x : b).at(i);
    }
    EXPECT_NEAR(worths[k], evaluate(model, input, logit_of(1)), 1e-14);
  }
}

// The model sees each coalition once, whoever asks and however often.
TEST(SegmentGame, AsksTheModelOnceAboutEachCoalition) {
  const Quadratic quadratic(2, 12, DType::f64);
  std::int64_t passes = 0;
  const Model model = [&](const Var& x) {
    passes += x.dim(0);
    return quadratic(x);
  };
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 1), b = uniform({1, 2, 2, 3}, DType::f64, 2);
  const SegmentGame game(model, logit_of(1), x, b, numbered({0, 1, 1, 2}, {2, 2}));
  const SegmentGame copy = game;
  const auto worths = [&](const SegmentGame& of, const std::vector<Coalition>& asked) {
    return of.worths(static_cast<std::int64_t>(asked.size()),
                     [&](std::int64_t k) { return asked[static_cast<std::size_t>(k)]; },
                     {.batch = 2});
  };
  const Coalition a{true, false, true}, c{false, false, true};
  const std::vector<double> first = worths(game, {a, game.everybody(), a});
  EXPECT_EQ(passes, 2);
  EXPECT_EQ(first[0], first[2]);
  const std::vector<double> second = worths(copy, {c, a});
  EXPECT_EQ(passes, 3);
  EXPECT_EQ(second[1], first[0]);
  EXPECT_EQ(worths(game, {c})[0], second[0]);
  EXPECT_EQ(passes, 3);
  // All coalitions of three segments but those asked for, and no more for the other method.
  const KernelShapResult exact = kernel_shap(game, {}, {});
  EXPECT_TRUE(exact.is_exact);
  EXPECT_EQ(passes, 8);
  feature_ablation(game);
  EXPECT_EQ(passes, 8);
}

TEST(SegmentGame, RefusesWhatDoesNotFit) {
  const Quadratic model(2, 12, DType::f64);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f64, 1);
  const auto message = [&](const Tensor& baseline, const Tensor& segments) {
    return message_of([&] { SegmentGame(model, logit_of(1), x, baseline, segments); });
  };
  EXPECT_EQ(message(x, grid_segments(2, 2, 1, 2)), "");
  EXPECT_EQ(message(x, grid_segments(2, 3, 1, 2)),
            "segments of [2, 3] do not fit a picture of [1, 2, 2, 3]");
  EXPECT_EQ(message(x.reshape({1, 2, 3, 2}), grid_segments(2, 2, 1, 2)),
            "a baseline of shape [1, 2, 3, 2] in float64 does not fit a picture of [1, 2, 2, 3] in "
            "float64");
}

}  // namespace
}  // namespace backlight::testing
