#include "xai/random_windows.h"

#include <algorithm>
#include <numbers>

#include "tests/testing.h"

namespace backlight::testing {
namespace {

TEST(RandomWindows, StayOnTheCanvasAndUseItsMargin) {
  for (const auto& [height, width] : {std::pair{32, 32}, {9, 40}})
    for (const WindowSpread& spread : {WindowSpread{8, 10, 0.1}, WindowSpread{0, 45, 0},
                                       WindowSpread{0, 90, 0.5}, WindowSpread{3.5, 0, 0}}) {
      const RandomWindows windows(height, width, spread, 7);
      const double last_row = static_cast<double>(windows.canvas_height() - 1);
      const double last_column = static_cast<double>(windows.canvas_width() - 1);
      double nearest = last_row;
      for (std::int64_t step = 0; step < 2000; ++step) {
        const AffineMap m = windows.map(step);
        for (const double p : {0.0, height - 1.0})
          for (const double q : {0.0, width - 1.0}) {
            const double row = m.row_p * p + m.row_q * q + m.row_0;
            const double column = m.column_p * p + m.column_q * q + m.column_0;
            nearest = std::min({nearest, row, column, last_row - row, last_column - column});
          }
      }
      EXPECT_GE(nearest, -1e-9) << height << " x " << width;
      // Some of so many come near the edge: the margin is not wider than it has to be.
      EXPECT_LE(nearest, 0.25 * std::max(height, width)) << height << " x " << width;
    }
}

TEST(RandomWindows, AreUniformInTheirSpread) {
  const WindowSpread spread{4, 20, 0.25};
  const RandomWindows windows(17, 17, spread, 1);
  constexpr int kSteps = 4000;
  double most_angle = 0, most_zoom = 0, mean_angle = 0, mean_zoom = 0, squares = 0;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const AffineMap m = windows.map(step);
    const double angle = std::atan2(m.column_p, m.row_p) * 180 / std::numbers::pi;
    const double zoom = std::sqrt(m.determinant());
    // The middle of the window, seen from the middle of the canvas.
    const double middle = 0.5 * static_cast<double>(windows.canvas_height() - 1);
    const double down = m.row_p * 8 + m.row_q * 8 + m.row_0 - middle;
    EXPECT_LE(std::abs(down), 4 + 1e-9);
    most_angle = std::max(most_angle, std::abs(angle));
    most_zoom = std::max(most_zoom, std::abs(zoom - 1));
    mean_angle += angle / kSteps;
    mean_zoom += zoom / kSteps;
    squares += down * down / kSteps;
    EXPECT_NEAR(m.row_q, -m.column_p, 1e-12);
    EXPECT_NEAR(m.row_p, m.column_q, 1e-12);
  }
  EXPECT_NEAR(most_angle, 20, 0.1);
  EXPECT_NEAR(most_zoom, 0.25, 0.001);
  EXPECT_NEAR(mean_angle, 0, 4 * 20 / std::sqrt(3.0 * kSteps));
  EXPECT_NEAR(mean_zoom, 1, 4 * 0.25 / std::sqrt(3.0 * kSteps));
  EXPECT_NEAR(squares, 16.0 / 3, 0.3);
}

TEST(RandomWindows, DependOnSeedAndStepAlone) {
  const RandomWindows a(8, 8, {2, 10, 0.1}, 1), b(8, 8, {2, 10, 0.1}, 1), c(8, 8, {2, 10, 0.1}, 2);
  EXPECT_EQ(a.map(3).row_0, b.map(3).row_0);
  EXPECT_NE(a.map(3).row_0, a.map(4).row_0);
  EXPECT_NE(a.map(3).row_0, c.map(3).row_0);
}

TEST(RandomWindows, WithoutSpreadShowThePictureItself) {
  const RandomWindows windows(5, 7, {}, 3);
  const Tensor picture = uniform({2, 5, 7, 3}, DType::f32, 1);
  EXPECT_EQ(windows.canvas_height(), 5);
  EXPECT_TRUE(has_same_bytes(windows.canvas_around(picture), picture));
  EXPECT_TRUE(has_same_bytes(windows.drawn(picture, 11).value(), picture));
}

TEST(RandomWindows, TheCanvasGoesOnAsInMirrors) {
  const RandomWindows windows(2, 3, {.jitter = 3}, 3);
  const Tensor picture = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {1, 2, 3, 1});
  const Tensor canvas = windows.canvas_around(picture);
  ASSERT_EQ(canvas.shape(), (Shape{1, 8, 9, 1}));
  const double middle[] = {3, 2, 1, 1, 2, 3, 3, 2, 1}, above[] = {6, 5, 4, 4, 5, 6, 6, 5, 4};
  for (std::int64_t j = 0; j < 9; ++j) {
    EXPECT_EQ(canvas.at(3 * 9 + j), middle[j]);
    EXPECT_EQ(canvas.at(2 * 9 + j), middle[j]) << "the mirror stands at the edge";
    EXPECT_EQ(canvas.at(1 * 9 + j), above[j]);
  }
  EXPECT_TRUE(has_same_bytes(windows.middle(canvas).value(), picture));
}

TEST(RandomWindows, RefuseWhatMakesNoSense) {
  for (const WindowSpread& spread : {WindowSpread{-1, 0, 0}, WindowSpread{0, 91, 0},
                                     WindowSpread{0, -1, 0}, WindowSpread{0, 0, 1}})
    EXPECT_NE(message_of([&] { RandomWindows(4, 4, spread, 0); }), "");
  EXPECT_NE(message_of([] {
              (void)RandomWindows(4, 4, {}, 0).canvas_around(Tensor::zeros({1, 4, 5, 3}));
            }),
            "");
}

}  // namespace
}  // namespace backlight::testing
