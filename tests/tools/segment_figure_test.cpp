#include "tools/figure/segments.h"

#include <gtest/gtest.h>

#include "tests/testing.h"
#include "tools/figure/canvas.h"

namespace backlight::tools {
namespace {

// Four squares of 16 x 16 pixels and their values.
struct Squares {
  Image photo = Image::filled(32, 32, 128, 128, 128);
  Tensor segments{Shape{32, 32}, DType::i32}, values{Shape{32, 32}};

  explicit Squares(const std::vector<float>& of) {
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) {
        const auto s = static_cast<std::size_t>(y / 16 * 2 + x / 16);
        segments.mutable_data<std::int32_t>()[y * 32 + x] = static_cast<std::int32_t>(s);
        values.mutable_data<float>()[y * 32 + x] = of[s];
      }
  }
  Drawing draw() const { return segment_drawing(photo, segments, values, "Soup"); }
};

// How many pixels of one quarter of a drawing satisfy a condition, as a share.
template <typename Condition>
double share(const Image& image, int column, int row, const Condition& holds) {
  int count = 0;
  const int half = image.width / 2;
  for (int y = row * half; y < (row + 1) * half; ++y)
    for (int x = column * half; x < (column + 1) * half; ++x) count += holds(color_at(image, x, y));
  return static_cast<double>(count) / (half * half);
}

bool is_green(Color c) { return c.green > c.red + 20; }
bool is_red(Color c) { return c.red > c.green + 20; }
int light(Color c) { return c.red + c.green + c.blue; }

TEST(SegmentDrawing, IsGreenAboveZeroAndRedAndHatchedBelow) {
  const Drawing drawing = Squares({1.0f, -1.0f, 0.5f, 0.0f}).draw();
  const Image& image = drawing.image;
  ASSERT_EQ(image.width, 384);
  ASSERT_EQ(image.height, 384);
  EXPECT_GT(share(image, 0, 0, is_green), 0.8);
  EXPECT_GT(share(image, 1, 0, is_red), 0.8);
  EXPECT_GT(share(image, 0, 1, is_green), 0.8);
  EXPECT_EQ(share(image, 1, 1, is_green) + share(image, 1, 1, is_red), 0);
  // The stronger square is farther from the grey of the photo.
  EXPECT_LT(color_at(image, 40, 40).red, color_at(image, 40, 240).red);
  // Strokes make two shades of the red square, and one of the green.
  const auto is_dark = [&](Color c) { return light(c) < light(color_at(image, 250, 41)) - 30; };
  EXPECT_GT(share(image, 1, 0, is_dark), 0.1);
  EXPECT_LT(share(image, 1, 0, is_dark), 0.4);
  EXPECT_NE(drawing.legend.find("Soup"), std::string::npos);
}

TEST(SegmentDrawing, WritesTheStrongestWeights) {
  const auto inked = [](const Image& image, int column, int row) {
    return share(image, column, row, [](Color c) { return light(c) < 250; });
  };
  const Image image = Squares({1.0f, -0.4f, 0.2f, 0.0f}).draw().image;
  EXPECT_GT(inked(image, 0, 0), 0.001);
  EXPECT_GT(inked(image, 1, 0), 0.001);
  EXPECT_EQ(inked(image, 0, 1), 0);
}

TEST(SegmentDrawing, SaysSoWhereNothingHasAWeight) {
  const Drawing drawing = Squares({0, 0, 0, 0}).draw();
  EXPECT_EQ(share(drawing.image, 0, 0, is_green) + share(drawing.image, 1, 0, is_red), 0);
  EXPECT_EQ(drawing.legend, "No segment has a weight to show.");
}

TEST(SegmentDrawing, KeepsTheShapeOfThePhoto) {
  const Tensor segments = Tensor::zeros({5, 20}, DType::i32), values = Tensor::full({5, 20}, 1);
  const Image photo = Image::filled(20, 5, 10, 200, 30);
  const Image image = segment_drawing(photo, segments, values, "Egg").image;
  EXPECT_EQ(image.width, 400);
  EXPECT_EQ(image.height, 100);
  EXPECT_NE(testing::message_of([&] {
              segment_drawing(photo, segments, Tensor::full({20, 5}, 1), "Egg");
            }),
            "");
}

}  // namespace
}  // namespace backlight::tools
