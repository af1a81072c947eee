// What the homework measures of maps, on maps whose answers are plain.
#include "tools/homework/measures.h"

#include <gtest/gtest.h>

#include "tensor/random.h"
#include "tests/testing.h"
#include "tools/homework/text.h"

namespace backlight::tools {
namespace {

// A map of zeros with ones in columns [left, right) and rows [top, bottom).
Tensor block(int side, int left, int top, int right, int bottom) {
  Tensor map = Tensor::zeros({side, side});
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) map.mutable_data<float>()[y * side + x] = 1;
  return map;
}

Tensor noise(int side) {
  Tensor map({side, side});
  for (std::int64_t i = 0; i < map.numel(); ++i)
    map.mutable_data<float>()[i] = Philox(7, 0).uniform(static_cast<std::uint64_t>(i));
  return map;
}

TEST(HomeworkMeasures, StrongestChannelTakesTheLargestMagnitude) {
  const Tensor map = Tensor::from<float>({1, -3, 2, 0, 0, -1}, {1, 2, 3});
  const Tensor strongest = strongest_channel(map);
  EXPECT_EQ(strongest.shape(), (Shape{1, 2}));
  EXPECT_EQ(strongest.at(0), 3);
  EXPECT_EQ(strongest.at(1), 1);
  EXPECT_THROW(strongest_channel(Tensor::zeros({3})), Error);
}

TEST(HomeworkMeasures, BrightPixelsHaveAPlaceAShapeAndASpread) {
  const Bright block_of = brightest(block(30, 20, 0, 30, 10), 1.0 / 9);
  EXPECT_EQ(block_of.pixels.size(), 100u);
  EXPECT_EQ(block_of.fullest, 2u);  // the upper right
  EXPECT_NEAR(block_of.ninths[2], 1, 1e-12);
  EXPECT_NEAR(block_of.x, 25.0 / 30, 1e-12);
  EXPECT_NEAR(block_of.y, 5.0 / 30, 1e-12);
  EXPECT_NEAR(block_of.elongation, 1, 1e-9);
  // A square of a third of the side spreads a third as far, but for the size of the pixels.
  EXPECT_NEAR(block_of.spread, 1.0 / 3, 0.01);
  EXPECT_NEAR(block_of.left, 21.5 / 30, 1e-12);
  EXPECT_NEAR(block_of.right, 28.5 / 30, 1e-12);

  const Bright band = brightest(block(30, 0, 12, 30, 18), 0.2);
  EXPECT_GT(band.elongation, 4);  // 30 by 6
  EXPECT_LT(band.elongation, 6);
  EXPECT_NEAR(brightest(noise(60), 0.3).spread, 1, 0.1);
  EXPECT_EQ(brightest(block(30, 7, 8, 8, 9), 0).pixels, (std::vector<std::size_t>{8 * 30 + 7}));
}

TEST(HomeworkMeasures, NoiseIsGrainierThanABlock) {
  const Tensor flat = Tensor::full({20, 20}, 0.5);
  EXPECT_EQ(graininess(flat), 0);
  EXPECT_EQ(sharpness(flat), 0);
  EXPECT_EQ(graininess(Tensor::zeros({20, 20})), 0);
  // The mean difference of two uniform numbers is 1/3, their mean 1/2.
  EXPECT_NEAR(graininess(noise(60)), 2.0 / 3, 0.03);
  // Of independent numbers the differences have twice the variance.
  EXPECT_NEAR(sharpness(noise(60)), std::sqrt(2.0), 0.05);
  EXPECT_LT(sharpness(block(60, 20, 20, 40, 40)), 0.5);
}

TEST(HomeworkMeasures, SharesOfAMap) {
  EXPECT_NEAR(concentration(Tensor::full({20, 20}, 2)), 0.1, 1e-12);
  EXPECT_EQ(concentration(block(20, 0, 0, 4, 4)), 1);
  EXPECT_EQ(outer_share(block(20, 8, 8, 12, 12)), 0);
  EXPECT_EQ(outer_share(block(20, 0, 0, 20, 2)), 1);
  EXPECT_NEAR(outer_share(Tensor::full({200, 200}, -3)), 0.5, 0.01);
  EXPECT_EQ(outer_share(Tensor::zeros({20, 20})), 0);
  EXPECT_EQ(quantile({5, 1, 3}, 0.5), 3);
  EXPECT_EQ(quantile({5, 1, 3}, 1), 5);
}

TEST(HomeworkMeasures, MapsAreComparedReducedAndAveraged) {
  const Tensor a = Tensor::from<float>({3, 4}, {1, 2}), b = Tensor::from<float>({0, 4}, {1, 2});
  EXPECT_NEAR(relative_change(a, b), 0.75, 1e-12);
  EXPECT_EQ(relative_change(b, b), 0);
  EXPECT_EQ(relative_change(b, Tensor::zeros({1, 2})), 1);
  EXPECT_THROW(relative_change(a, Tensor::zeros({2, 1})), Error);
  const Tensor map = Tensor::from<float>({1, 3, 5, 7, 1, 3, 5, 7}, {2, 4});
  const Tensor small = reduced(map, 1, 2);
  EXPECT_EQ(small.at(0), 2);
  EXPECT_EQ(small.at(1), 6);
  EXPECT_THROW(reduced(map, 1, 3), Error);
  const Tensor answers = Tensor::from<float>({1, -3, 2, 2}, {1, 1, 2, 2});
  EXPECT_EQ(mean_response(answers).at(0), 2);
  EXPECT_EQ(mean_response(answers).at(1), 2);
}

TEST(HomeworkText, NamesColorsPlacesAndClasses) {
  const auto color = [](int r, int g, int b) {
    return color_text({static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g),
                       static_cast<std::uint8_t>(b)})
        .en;
  };
  EXPECT_EQ(color(200, 30, 30), "red");
  EXPECT_EQ(color(120, 80, 40), "brown");
  EXPECT_EQ(color(250, 150, 30), "orange");
  EXPECT_EQ(color(230, 210, 60), "yellow");
  EXPECT_EQ(color(60, 140, 50), "green");
  EXPECT_EQ(color(40, 60, 200), "blue");
  EXPECT_EQ(color(128, 128, 128), "grey");
  EXPECT_EQ(color(245, 245, 240), "white");
  EXPECT_EQ(color(10, 10, 12), "black");
  EXPECT_EQ(color(0, 0, 0), "black");
  EXPECT_EQ(place_text(0.1, 0.1).en, "in the upper left");
  EXPECT_EQ(place_text(0.5, 0.9).zh, "下方");
  EXPECT_EQ(place_text(1, 1).en, "in the lower right");
  EXPECT_EQ(class_text("Soup").zh, "湯");
  EXPECT_EQ(class_text("class 12").zh, "class 12");
}

}  // namespace
}  // namespace backlight::tools
