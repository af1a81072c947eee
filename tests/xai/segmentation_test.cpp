// Segments: scikit-image's partitions, and what they promise by themselves.
#include <algorithm>
#include <map>
#include <set>

#include "kernels/parallel.h"
#include "models/image/image.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"
#include "xai/segmentation/pixels.h"
#include "xai/segmentation/quickshift.h"
#include "xai/segmentation/segments.h"
#include "xai/segmentation/slic.h"

namespace backlight::testing {
namespace {

// A picture of make_lime_fixtures.py by its name, float32.
Tensor fixture_picture(const std::string& name) {
  if (name == "patches") return fixture_weights("lime/segments.safetensors").at("patches");
  const bool small = name == "small";
  return image_to_tensor(read_image(
      fixture_path(small ? "image/yuv444.jpg.png" : "food_cnn/pictures/" + name + ".png")));
}

// How many pixels lie in the largest common part of their segment of `a` with one of `b`.
double covered(const Tensor& a, const Tensor& b) {
  std::map<std::pair<double, double>, double> common;
  for (std::int64_t i = 0; i < a.numel(); ++i) ++common[{a.at(i), b.at(i)}];
  std::map<double, double> largest;
  for (const auto& [pair, pixels] : common)
    largest[pair.first] = std::max(largest[pair.first], pixels);
  double sum = 0;
  for (const auto& [segment, pixels] : largest) sum += pixels;
  return sum / static_cast<double>(a.numel());
}

// The share of the pixels on which two partitions agree.
double agreement(const Tensor& a, const Tensor& b) {
  return std::min(covered(a, b), covered(b, a));
}

void expect_partition(const Tensor& actual, const std::string& name) {
  const Tensor expected = fixture_weights("lime/segments.safetensors").at(name);
  ASSERT_EQ(actual.shape(), expected.shape()) << name;
  EXPECT_FALSE(!(agreement(actual, expected) >= 0.99)) << name;
  EXPECT_EQ(static_cast<double>(count_segments(actual)),
            1 + *std::max_element(expected.data<std::int64_t>(),
                                  expected.data<std::int64_t>() + expected.numel()))
      << name;
}

TEST(Slic, CutsAsScikitImageDoes) {
  struct Case {
    const char *picture, *settings;
    SlicOptions options;
  };
  const std::vector<Case> cases{
      {"0", "200.1.1", {}},
      {"0", "40.10.0", {.segments = 40, .compactness = 10, .sigma = 0}},
      {"1", "200.1.1", {}},
      {"1", "300.0.1.2", {.segments = 300, .compactness = 0.1, .sigma = 2}},
      {"small", "200.1.1", {}},
      {"small", "30.20.1", {.segments = 30, .compactness = 20}},
      {"patches", "200.1.1", {}},
      {"patches", "5000.1.0", {.segments = 5000, .sigma = 0}}};  // more than there are pixels
  for (const Case& each : cases)
    expect_partition(slic(fixture_picture(each.picture), each.options),
                     str("slic.", each.picture, ".", each.settings));
  expect_partition(slic(fixture_picture("small"), {.segments = 60, .sigma = 0, .connect = false}),
                   "slic_unconnected.small.60.1.0");
}

TEST(Quickshift, ClimbsAsScikitImageDoesUnderTheSameNoise) {
  for (const std::string name : {"0", "small", "patches"}) {
    const Tensor picture = fixture_picture(name);
    expect_partition(quickshift(picture, {.seed = 3}), "quickshift." + name + ".4.200.0.2");
    expect_partition(
        quickshift(picture, {.kernel_size = 3, .max_dist = 10, .ratio = 0.5, .seed = 3}),
        "quickshift." + name + ".3.10.0.5");
  }
}

TEST(Segmentation, AgreementSeesOnePixelAndAnotherNumberOfSegments) {
  const Tensor a = Tensor::from<std::int32_t>({0, 0, 1, 1}, {2, 2});
  EXPECT_EQ(agreement(a, Tensor::from<std::int32_t>({5, 5, 3, 3}, {2, 2})), 1);
  EXPECT_EQ(agreement(a, Tensor::from<std::int32_t>({0, 1, 1, 1}, {2, 2})), 0.75);
  EXPECT_EQ(agreement(a, Tensor::from<std::int32_t>({0, 0, 0, 0}, {2, 2})), 0.5);
}

TEST(Slic, SegmentsHangTogether) {
  const Tensor segments = slic(fixture_picture("0"));
  const std::int64_t height = segments.dim(0), width = segments.dim(1);
  std::vector<bool> seen(static_cast<std::size_t>(segments.numel()));
  std::set<double> begun;
  for (std::int64_t start = 0; start < segments.numel(); ++start) {
    if (seen[static_cast<std::size_t>(start)]) continue;
    // A second part of a segment would be begun again.
    EXPECT_TRUE(begun.insert(segments.at(start)).second) << "segment " << segments.at(start);
    std::vector<std::int64_t> open{start};
    while (!open.empty()) {
      const std::int64_t p = open.back(), y = p / width, x = p % width;
      open.pop_back();
      if (seen[static_cast<std::size_t>(p)]) continue;
      seen[static_cast<std::size_t>(p)] = true;
      const auto visit = [&](bool inside, std::int64_t q) {
        if (inside && segments.at(q) == segments.at(p)) open.push_back(q);
      };
      visit(y > 0, p - width);
      visit(y + 1 < height, p + width);
      visit(x > 0, p - 1);
      visit(x + 1 < width, p + 1);
    }
  }
  EXPECT_EQ(static_cast<std::int64_t>(begun.size()), count_segments(segments));
}

// One colour says nothing: what is left are the rectangles around the grid's points, 6 and 18 down,
// 6, 18 and 30 across. Half way, the pixel goes to the centre before.
TEST(Slic, CutsAnEvenPictureIntoRectangles) {
  const Tensor segments = slic(Tensor::full({1, 24, 36, 3}, 0.3), {.segments = 6});
  for (std::int64_t y = 0; y < 24; ++y)
    for (std::int64_t x = 0; x < 36; ++x)
      ASSERT_EQ(segments.at(y * 36 + x), (y > 12 ? 3 : 0) + (x > 12) + (x > 24)) << x << ", " << y;
}

TEST(Segmentation, DependsOnThePixelsAlone) {
  const Tensor picture = fixture_picture("small"), single = picture.reshape({70, 90, 3});
  EXPECT_TRUE(has_same_bytes(slic(single), slic(picture)));
  EXPECT_TRUE(has_same_bytes(slic(single.to(DType::f64)), slic(picture)));
  const int before = kernels::thread_count();
  const Tensor expected = quickshift(picture);
  kernels::set_thread_count(3);
  EXPECT_TRUE(has_same_bytes(quickshift(picture), expected));
  EXPECT_TRUE(has_same_bytes(slic(picture), slic(picture)));
  kernels::set_thread_count(before);
}

TEST(Quickshift, SeedsBreakTies) {
  const Tensor patches = fixture_picture("patches");
  const QuickshiftOptions one{.kernel_size = 2, .max_dist = 4, .seed = 1};
  const QuickshiftOptions other{.kernel_size = 2, .max_dist = 4, .seed = 2};
  EXPECT_TRUE(has_same_bytes(quickshift(patches, one), quickshift(patches, one)));
  EXPECT_LT(agreement(quickshift(patches, one), quickshift(patches, other)), 1);
}

TEST(Quickshift, LinksNoFurtherThanAsked) {
  const Tensor picture = fixture_picture("small");
  EXPECT_EQ(count_segments(quickshift(picture, {.max_dist = 0})), picture.numel() / 3);
  EXPECT_LT(count_segments(quickshift(picture, {.max_dist = 2})), picture.numel() / 3);
}

// Colours a thousand times apart keep their pixels to themselves.
TEST(Quickshift, DoesNotLinkAcrossFarColours) {
  const Tensor patches = fixture_picture("patches");
  const Tensor segments = quickshift(patches, {.max_dist = 50, .ratio = 1000});
  std::map<double, std::set<double>> colours;
  for (std::int64_t i = 0; i < segments.numel(); ++i)
    colours[segments.at(i)].insert(patches.at(3 * i) + 10 * patches.at(3 * i + 1) +
                                   100 * patches.at(3 * i + 2));
  for (const auto& [segment, its] : colours) EXPECT_EQ(its.size(), 1u) << segment;
}

TEST(Pixels, LabIsThatOfTheStandard) {
  // Red, green, blue, white and a dark grey; values as published, of D65.
  const Tensor rgb =
      Tensor::from<double>({1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0.02, 0.02, 0.02}, {1, 5, 3});
  const std::vector<double> expected{53.24,   80.09, 67.20, 87.73, -86.18, 83.18, 32.30, 79.19,
                                     -107.86, 100,   0,     0,     1.398,  0,     0};
  const Pixels lab = lab_of(pixels_of(rgb));
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(lab.values[i], expected[i], 0.02) << i;
}

TEST(Pixels, BlurIsAMirroredGaussian) {
  Tensor point = Tensor::zeros({9, 30, 2}, DType::f64);
  point.mutable_data<double>()[(4 * 30 + 15) * 2] = 1;
  const Pixels smooth = blurred(pixels_of(point), 2);
  EXPECT_NEAR(*smooth.at(4, 17) / *smooth.at(4, 15), std::exp(-0.5), 1e-3);
  double sum = 0;
  for (std::int64_t y = 0; y < 9; ++y)
    for (std::int64_t x = 0; x < 30; ++x) {
      sum += smooth.at(y, x)[0];
      EXPECT_EQ(smooth.at(y, x)[1], 0);  // channels do not mix
    }
  EXPECT_NEAR(sum, 1, 1e-12);  // what leaves at an edge comes back
  // A picture narrower than the kernel is mirrored again and again, and stays what it is if even.
  const Pixels even = blurred(pixels_of(Tensor::full({2, 1, 1}, 0.7, DType::f64)), 5);
  EXPECT_NEAR(even.values[0], 0.7, 1e-12);
  EXPECT_NEAR(even.values[1], 0.7, 1e-12);
}

TEST(Segmentation, RefusesWhatItCannotCut) {
  const Tensor picture = uniform({8, 8, 3}, DType::f32, 1, 0, 1);
  EXPECT_NE(message_of([&] { slic(uniform({2, 8, 8, 3}, DType::f32, 1)); }), "");
  EXPECT_NE(message_of([&] { slic(uniform({8, 8}, DType::f32, 1)); }), "");
  EXPECT_NE(message_of([&] { slic(Tensor::full({8, 8, 3}, std::nan(""))); }), "");
  EXPECT_NE(message_of([&] { slic(picture, {.segments = 0}); }), "");
  EXPECT_NE(message_of([&] { slic(picture, {.compactness = 0}); }), "");
  EXPECT_NE(message_of([&] { slic(picture, {.compactness = std::nan("")}); }), "");
  EXPECT_NE(message_of([&] { slic(picture, {.sigma = -1}); }), "");
  EXPECT_NE(message_of([&] { quickshift(picture, {.kernel_size = 0.5}); }), "");
  EXPECT_NE(message_of([&] { quickshift(picture, {.max_dist = -1}); }), "");
  EXPECT_NE(message_of([&] { quickshift(picture, {.ratio = -1}); }), "");
  EXPECT_EQ(message_of([&] { slic(uniform({5, 1, 1}, DType::f32, 1)); }), "");
}

}  // namespace
}  // namespace backlight::testing
