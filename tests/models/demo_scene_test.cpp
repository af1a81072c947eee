#include "models/demo/scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

namespace backlight {
namespace {

constexpr int kPerClass = 48;
constexpr std::size_t kSide = 128;

double share(const std::vector<std::uint8_t>& mask) {
  return static_cast<double>(std::count(mask.begin(), mask.end(), 1)) /
         static_cast<double>(mask.size());
}

// Scenes of every class, kPerClass each, one class after another.
const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all = [] {
    std::vector<Scene> drawn(kFoodClasses.size() * kPerClass);
#pragma omp parallel for
    for (int i = 0; i < static_cast<int>(drawn.size()); ++i) {
      drawn[static_cast<std::size_t>(i)] =
          render_scene(i / kPerClass, static_cast<std::uint64_t>(700 + i % kPerClass));
    }
    return drawn;
  }();
  return all;
}

bool same(const Scene& a, const Scene& b) {
  return a.image == b.image && a.mask == b.mask && a.distractor == b.distractor &&
         a.label == b.label;
}

TEST(DemoScene, HasTheShapeItPromises) {
  for (const int size : {16, 96, 128}) {
    const Scene scene = render_scene(3, 5, size);
    const auto area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    EXPECT_EQ(scene.image.width, size);
    EXPECT_EQ(scene.image.height, size);
    EXPECT_EQ(scene.image.rgb.size(), 3 * area);
    EXPECT_EQ(scene.mask.size(), area);
    EXPECT_EQ(scene.distractor.size(), area);
    EXPECT_EQ(scene.label, 3);
  }
}

TEST(DemoScene, SameSeedSameBytes) {
  for (int label = 0; label < kFoodClassCount; ++label) {
    const Scene first = render_scene(label, 42, 64);
    EXPECT_TRUE(same(first, render_scene(label, 42, 64))) << kFoodClasses[label];
    EXPECT_NE(first.image, render_scene(label, 43, 64).image) << kFoodClasses[label];
    EXPECT_NE(first.image, render_scene((label + 1) % kFoodClassCount, 42, 64).image);
  }
}

// The bytes are the same on every machine and with every compiler: FNV-1a over scenes of all
// classes, as first drawn.
TEST(DemoScene, SameBytesOnEveryMachine) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (int label = 0; label < kFoodClassCount; ++label) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const Scene scene = render_scene(label, seed);
      for (const auto* bytes : {&scene.image.rgb, &scene.mask, &scene.distractor}) {
        for (const std::uint8_t byte : *bytes) hash = (hash ^ byte) * 0x100000001B3;
      }
    }
  }
  EXPECT_EQ(hash, std::uint64_t{0x1872AE80438358A1});
}

TEST(DemoScene, ParallelEqualsSerial) {
  const std::vector<Scene>& parallel = scenes();
  for (std::size_t i = 0; i < parallel.size(); i += 17) {
    const auto seed = static_cast<std::uint64_t>(700 + i % kPerClass);
    EXPECT_TRUE(same(parallel[i], render_scene(static_cast<int>(i) / kPerClass, seed))) << i;
  }
}

TEST(DemoScene, TheLabelledFoodIsTheLargest) {
  std::size_t with_distractor = 0;
  for (const Scene& scene : scenes()) {
    const double food = share(scene.mask), other = share(scene.distractor);
    EXPECT_GE(food, 0.04);
    EXPECT_LE(food, 0.6);
    EXPECT_LE(other, 0.4 * food);
    with_distractor += other > 0 ? 1 : 0;
    for (std::size_t p = 0; p < scene.mask.size(); ++p) {
      ASSERT_LE(scene.mask[p] + scene.distractor[p], 1);
    }
  }
  EXPECT_GT(with_distractor, scenes().size() / 3);
}

// A larger picture shows the same scene: its mask, thinned out, is the smaller one's.
TEST(DemoScene, SizeChangesOnlyTheResolution) {
  for (int label = 0; label < kFoodClassCount; ++label) {
    const Scene& small = scenes()[static_cast<std::size_t>(label) * kPerClass];
    const Scene large = render_scene(label, 700, 2 * static_cast<int>(kSide));
    std::size_t both = 0, either = 0;
    for (std::size_t y = 0; y < kSide; ++y) {
      for (std::size_t x = 0; x < kSide; ++x) {
        const int a = small.mask[y * kSide + x], b = large.mask[4 * y * kSide + 2 * x];
        both += a & b;
        either += a | b;
      }
    }
    EXPECT_GT(static_cast<double>(both), 0.85 * static_cast<double>(either)) << kFoodClasses[label];
  }
}

// The pointing game's two baselines find the food in a part of the scenes only.
TEST(DemoScene, NeitherTheCentreNorTheMostColourfulSpotGivesTheFoodAway) {
  double centre = 0, colourful = 0;
  for (const Scene& scene : scenes()) {
    centre += scene.mask[kSide / 2 * kSide + kSide / 2];
    int strongest = -1;
    std::size_t spot = 0;
    for (std::size_t p = 0; p < scene.mask.size(); ++p) {
      const auto [low, high] = std::minmax(
          {scene.image.rgb[3 * p], scene.image.rgb[3 * p + 1], scene.image.rgb[3 * p + 2]});
      if (high - low > strongest) {
        strongest = high - low;
        spot = p;
      }
    }
    colourful += scene.mask[spot];
  }
  const auto count = static_cast<double>(scenes().size());
  EXPECT_GT(centre / count, 0.2);
  EXPECT_LT(centre / count, 0.55);
  EXPECT_GT(colourful / count, 0.05);
  EXPECT_LT(colourful / count, 0.5);
}

using MeanColor = std::array<double, 3>;

// Mean colour of the picture, or of its food alone.
MeanColor mean_color(const Scene& scene, bool food_only) {
  MeanColor sum = {};
  double count = 0;
  for (std::size_t p = 0; p < scene.mask.size(); ++p) {
    if (food_only && scene.mask[p] == 0) continue;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += scene.image.rgb[3 * p + c];
    ++count;
  }
  for (double& value : sum) value /= count;
  return sum;
}

// Accuracy of naming the class whose mean colour is nearest; even scenes teach, odd ones test.
double nearest_mean_accuracy(bool food_only) {
  std::vector<MeanColor> colors;
  for (const Scene& scene : scenes()) colors.push_back(mean_color(scene, food_only));
  std::array<MeanColor, kFoodClasses.size()> means = {};
  for (std::size_t i = 0; i < colors.size(); i += 2) {
    for (std::size_t c = 0; c < 3; ++c) means[i / kPerClass][c] += colors[i][c] * 2 / kPerClass;
  }
  double right = 0;
  for (std::size_t i = 1; i < colors.size(); i += 2) {
    std::size_t nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t label = 0; label < means.size(); ++label) {
      double distance = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const double difference = colors[i][c] - means[label][c];
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        nearest = label;
      }
    }
    right += nearest == i / kPerClass ? 1 : 0;
  }
  return right * 2 / static_cast<double>(colors.size());
}

TEST(DemoScene, ColourAloneDoesNotGiveTheClassAway) {
  EXPECT_LT(nearest_mean_accuracy(false), 0.25);
  EXPECT_LT(nearest_mean_accuracy(true), 0.45);
}

TEST(DemoScene, RefusesWhatItCannotDraw) {
  EXPECT_THROW(render_scene(-1, 0), Error);
  EXPECT_THROW(render_scene(kFoodClassCount, 0), Error);
  EXPECT_THROW(render_scene(0, 0, 15), Error);
  EXPECT_THROW(render_scene(0, 0, 4096), Error);
}

TEST(FoodClasses, AreFoundByName) {
  for (int index = 0; index < kFoodClassCount; ++index) {
    EXPECT_EQ(class_index(kFoodClasses[static_cast<std::size_t>(index)]), index);
  }
  EXPECT_EQ(class_index("Soup"), 9);
  EXPECT_THROW(class_index("soup"), Error);
}

}  // namespace
}  // namespace backlight
