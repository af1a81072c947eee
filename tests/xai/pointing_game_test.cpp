#include "xai/pointing_game.h"

#include "tests/testing.h"

namespace backlight::testing {
namespace {

using Mask = std::vector<std::uint8_t>;

TEST(PointingGame, LooksForTheLargestMagnitude) {
  const Tensor map = Tensor::from<float>({1, -2, 0.5f, 0, 1, 3.5f}, {2, 3});
  EXPECT_TRUE(pointing_game(map, {0, 0, 0, 0, 0, 1}).hit);
  EXPECT_FALSE(pointing_game(map, {1, 1, 1, 1, 1, 0}).hit);
  EXPECT_DOUBLE_EQ(pointing_game(map, {0, 1, 0, 0, 0, 0}).inside, 2 / 8.);
  EXPECT_DOUBLE_EQ(pointing_game(map, {1, 0, 0, 0, 0, 1}).inside, 4.5 / 8);
}

TEST(PointingGame, AddsUpTheMagnitudesOfTheChannels) {
  // The pixels' magnitudes are 3, 4 and 2; their plain sums would be 3, 0 and -2.
  const Tensor map = Tensor::from<float>({1, 1, 1, 2, -2, 0, 0, 0, -2}, {1, 3, 3});
  EXPECT_TRUE(pointing_game(map, {0, 1, 0}).hit);
  EXPECT_FALSE(pointing_game(map, {1, 0, 1}).hit);
  EXPECT_DOUBLE_EQ(pointing_game(map, {1, 0, 0}).inside, 3 / 9.);
}

// A segment's pixels are all as large: it points at its middle, not at the corner it begins with.
TEST(PointingGame, OfEqualMaximaTheOneInTheMiddleCounts) {
  const Tensor map = Tensor::from<float>({1, 5, 5, -5}, {2, 2});
  EXPECT_EQ(pointed_at(map), 3);
  EXPECT_TRUE(pointing_game(map, {0, 0, 0, 1}).hit);
  EXPECT_FALSE(pointing_game(map, {0, 1, 1, 0}).hit);
  const Tensor segment = Tensor::from<float>({0, 7, 0, 7, 7, 7, 0, 7, 0}, {3, 3});
  EXPECT_EQ(pointed_at(segment), 4);
  EXPECT_EQ(pointed_at(Tensor::from<float>({2, 1, 2}, {1, 3})), 0);  // as near: the first
  EXPECT_EQ(pointed_at(Tensor::full({2, 2}, 3)), std::nullopt);
  EXPECT_FALSE(pointing_game(Tensor::full({2, 2}, 3), {1, 1, 1, 1}).hit);
}

TEST(PointingGame, OfAMapOfZerosFindsNothingInside) {
  EXPECT_EQ(pointing_game(Tensor::zeros({2, 2}), {1, 1, 1, 1}).inside, 0);
}

TEST(PointingGame, RefusesSizesThatDoNotFit) {
  const Tensor map = Tensor::zeros({2, 3});
  EXPECT_EQ(message_of([&] { pointing_game(map, Mask(5)); }),
            "a mask of 5 pixels does not fit a map of [2, 3]");
  EXPECT_NE(message_of([&] { pointing_game(map.reshape({1, 2, 3, 1}), Mask(6)); }), "");
  EXPECT_NE(message_of([&] { pointing_game(map.reshape({6}), Mask(6)); }), "");
  EXPECT_NE(message_of([&] { centre_hit(map, Mask(7)); }), "");
  EXPECT_NE(message_of([&] { colourful_hit(map, Mask(6)); }), "");
}

TEST(PointingGame, CentreIsThePixelRightBelowTheMiddle) {
  Mask mask(4 * 6);
  mask[2 * 6 + 3] = 1;
  EXPECT_TRUE(centre_hit(Tensor::zeros({4, 6, 3}), mask));
  EXPECT_FALSE(centre_hit(Tensor::zeros({6, 4, 3}), mask));
}

TEST(PointingGame, ColourfulSpotIsAWindowNotAPixel) {
  // A grey picture with one pure red pixel, and elsewhere a 9 x 9 patch that is a little blue.
  constexpr std::int64_t kSide = 32;
  Tensor picture = Tensor::full({kSide, kSide, 3}, 0.5);
  float* values = picture.mutable_data<float>();
  values[3 * (6 * kSide + 6)] = 1;
  for (std::int64_t y = 18; y < 27; ++y)
    for (std::int64_t x = 14; x < 23; ++x) values[3 * (y * kSide + x) + 2] = 0.6f;
  Mask centre_of_patch(kSide * kSide);
  centre_of_patch[22 * kSide + 18] = 1;
  EXPECT_TRUE(colourful_hit(picture, centre_of_patch));
  // Brightness alone is no colour.
  for (std::int64_t i = 0; i < 9 * kSide * 3; ++i) values[i] = 1;
  EXPECT_TRUE(colourful_hit(picture, centre_of_patch));
}

}  // namespace
}  // namespace backlight::testing
