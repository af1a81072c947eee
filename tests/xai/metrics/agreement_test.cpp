#include "xai/metrics/agreement.h"

#include "tests/xai/perturbation_fixture.h"
#include "xai/metrics/map_values.h"

namespace backlight::testing {
namespace {

TEST(MapValues, AddUpTheChannels) {
  const Tensor map = Tensor::from<float>({1, 2, -3, 4, 0, 0}, {1, 3, 2});
  EXPECT_EQ(pixel_values(map), (std::vector<double>{3, 1, 0}));
  EXPECT_EQ(pixel_values(map.reshape({1, 1, 3, 2})), (std::vector<double>{3, 1, 0}));
  EXPECT_EQ(pixel_values(map.reshape({2, 3})), (std::vector<double>{1, 2, -3, 4, 0, 0}));
  EXPECT_EQ(pixels_by_value({1, 5, 5, -7, 2}), (std::vector<std::size_t>{1, 2, 4, 0, 3}));
  EXPECT_NE(message_of([&] { pixel_values(map.reshape({6})); }), "");
  EXPECT_NE(message_of([&] { pixel_values(map.reshape({3, 1, 1, 2})); }), "");
  EXPECT_NE(message_of([] { pixel_values(Tensor::full({2, 2}, std::nan(""))); }), "");
}

TEST(RankCorrelation, IsSciPysAndQuantus) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    const Tensor& map = fixture.expected.at("metrics.saliency");
    for (const char* with : {"other", "coarse"}) {
      const double expected = fixture.expected.at(str("metrics.spearman_", with)).item();
      EXPECT_NEAR(rank_correlation(map, fixture.expected.at(str("metrics.", with))), expected,
                  1e-12)
          << name << ", " << with;
    }
  }
}

// Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 x 5).
TEST(RankCorrelation, SharesTheRanksOfEqualValues) {
  const Tensor ties = Tensor::from<double>({-5, 0, 0, 9}, {2, 2});
  const Tensor rising = Tensor::from<double>({1, 2, 3, 400}, {2, 2});
  EXPECT_NEAR(rank_correlation(ties, rising), 4.5 / std::sqrt(4.5 * 5), 1e-15);
  EXPECT_NEAR(rank_correlation(rising, rising), 1, 1e-15);
  const Tensor falling = Tensor::from<double>({-1, -2, -3, -400}, {2, 2});
  EXPECT_NEAR(rank_correlation(rising, falling), -1, 1e-15);
  EXPECT_NEAR(rank_correlation(rising, falling, Compared::magnitude), 1, 1e-15);
  EXPECT_EQ(rank_correlation(rising, Tensor::full({2, 2}, 3)), 0);
  EXPECT_EQ(message_of([&] {
              rank_correlation(rising, rising.reshape({1, 4}));
            }),
            "maps of [2, 2] and [1, 4] are not of the same pixels");
}

TEST(TopOverlap, IsTheShareOfTheLargestPixelsInCommon) {
  for (const char* name : {"smooth", "residual"}) {
    const PerturbationCase fixture(name);
    EXPECT_NEAR(
        top_overlap(fixture.expected.at("metrics.saliency"), fixture.expected.at("metrics.other")),
        fixture.expected.at("metrics.top_tenth_other").item(), 1e-15)
        << name;
  }
  const Tensor a = Tensor::from<double>({9, 8, 1, 0, -7, 0}, {2, 3});
  const Tensor b = Tensor::from<double>({5, 0, 0, 0, -9, 4}, {2, 3});
  EXPECT_EQ(top_overlap(a, b, 0.34), 0.5);                         // {0, 1} and {0, 5}
  EXPECT_EQ(top_overlap(a, b, 0.5, Compared::magnitude), 2 / 3.);  // {0, 1, 4} and {4, 0, 5}
  EXPECT_EQ(top_overlap(a, b, 0.01), 1);
  EXPECT_EQ(top_overlap(a, b, 1), 1);
  EXPECT_NE(message_of([&] { top_overlap(a, b, 0); }), "");
  EXPECT_NE(message_of([&] { top_overlap(a, b, 1.5); }), "");
  EXPECT_NE(message_of([&] { top_overlap(a, b.reshape({3, 2})); }), "");
}

}  // namespace
}  // namespace backlight::testing
