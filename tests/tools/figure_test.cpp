#include "tools/figure/figure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "tensor/error.h"
#include "tools/figure/colormap.h"
#include "tools/figure/heat_map.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// CIE 1931 relative luminance of an sRGB colour.
double luminance(Color color) {
  const auto linear = [](std::uint8_t byte) {
    const double c = byte / 255.0;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

int count_differing_from(const Image& image, const Box& box, Color background) {
  int count = 0;
  for (int y = box.y; y < box.y + box.height; ++y)
    for (int x = box.x; x < box.x + box.width; ++x) count += !(color_at(image, x, y) == background);
  return count;
}

// The smallest box around everything that is not white.
Box inked(const Image& image) {
  int left = image.width, top = image.height, right = -1, bottom = -1;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (!(color_at(image, x, y) == white)) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
  return {left, top, right - left + 1, bottom - top + 1};
}

// A [height, width, 3] map, signed unless `lowest` is 0, that grows from pixel to pixel.
Tensor ramp(int height, int width, float lowest) {
  Tensor map({height, width, 3});
  const auto count = static_cast<float>(map.numel() - 1);
  for (std::int64_t i = 0; i < map.numel(); ++i)
    map.mutable_data<float>()[i] = lowest + (1.0F - lowest) * static_cast<float>(i) / count;
  return map;
}

const PhotoPanel photo{Image::filled(40, 30, 200, 120, 40), "Dessert", "91 %"};

TEST(Colormap, HasTheDocumentedEnds) {
  EXPECT_EQ(sequential_color(0), (Color{0, 0, 4}));
  EXPECT_EQ(sequential_color(1), (Color{252, 255, 164}));
  EXPECT_EQ(sequential_color(-3), sequential_color(0));
  EXPECT_EQ(sequential_color(3), sequential_color(1));
  EXPECT_EQ(diverging_color(0), white);
  EXPECT_EQ(diverging_color(5), diverging_color(1));
  EXPECT_EQ(diverging_color(-5), diverging_color(-1));
  EXPECT_GT(diverging_color(1).red, diverging_color(1).blue);
  EXPECT_GT(diverging_color(-1).blue, diverging_color(-1).red);
}

TEST(Colormap, SequentialOnlyGetsLighter) {
  for (int i = 1; i <= 256; ++i)
    EXPECT_GT(luminance(sequential_color(i / 256.0)), luminance(sequential_color((i - 1) / 256.0)))
        << i;
}

TEST(Colormap, DivergingOnlyGetsDarkerAndEquallySoOnBothSides) {
  for (int i = 1; i <= 64; ++i) {
    EXPECT_LT(luminance(diverging_color(i / 64.0)), luminance(diverging_color((i - 1) / 64.0)));
    EXPECT_LT(luminance(diverging_color(-i / 64.0)), luminance(diverging_color((1 - i) / 64.0)));
    const double red = std::cbrt(luminance(diverging_color(i / 64.0)));
    const double blue = std::cbrt(luminance(diverging_color(-i / 64.0)));
    EXPECT_TRUE(std::abs(red - blue) <= 0.06) << i << " " << red << " " << blue;
  }
}

TEST(Text, MeasuresAsTheFontSays) {
  EXPECT_EQ(text_width("", 20), 0);
  EXPECT_TRUE(std::abs(text_width("ll", 20) - 2 * text_width("l", 20)) <= 1e-9);
  EXPECT_TRUE(std::abs(text_width("Food", 40) - 2 * text_width("Food", 20)) <= 1e-4);
  EXPECT_LT(text_width("AV", 20), text_width("A", 20) + text_width("V", 20));  // kerned
  EXPECT_GT(text_width("W", 20), text_width("i", 20));
}

TEST(Text, ReadsUtf8AndMendsWhatIsNot) {
  EXPECT_TRUE(std::abs(text_width("\u00e4", 20) - text_width("a", 20)) <= 1e-9);
  const double replacement = text_width("\uFFFD", 20);
  for (const char* broken : {"\xff", "\xc3", "\xe2\x82", "\xc0\x80"})
    EXPECT_GE(text_width(broken, 20), replacement * 0.999) << broken;
  EXPECT_TRUE(std::abs(text_width("\xc3l", 20) - replacement - text_width("l", 20)) <= 1e-9);
}

TEST(Text, DrawsBetweenItsEndsOnTheBaseline) {
  for (const Align align : {Align::left, Align::center, Align::right}) {
    Image image = Image::filled(200, 60, 255, 255, 255);
    draw_text(image, 100, 40, "Hello", 24, ink, align);
    const Box box = inked(image);
    const double width = text_width("Hello", 24);
    const double start = align == Align::left     ? 100
                         : align == Align::center ? 100 - width / 2
                                                  : 100 - width;
    EXPECT_TRUE(std::abs(box.x - start) <= 4) << box.x;
    EXPECT_TRUE(std::abs(box.width - width) <= 5) << box.width << " " << width;
    EXPECT_EQ(box.y + box.height, 41);  // the round o dips a little below the line
    EXPECT_TRUE(std::abs(box.height - 0.66 * 24) <= 3) << box.height;
  }
}

TEST(Text, IsAntialiasedInItsColor) {
  Image image = Image::filled(80, 40, 255, 255, 255);
  draw_text(image, 5, 30, "SO", 30, {200, 0, 0});
  std::set<int> greens;
  bool has_full_color = false;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      greens.insert(image.pixel(x, y)[1]);
      has_full_color |= color_at(image, x, y) == Color{200, 0, 0};
      EXPECT_GE(image.pixel(x, y)[0], 200);
    }
  EXPECT_TRUE(has_full_color);
  EXPECT_GT(greens.size(), 16U);
}

TEST(Text, MayLieOutsideThePicture) {
  Image image = Image::filled(10, 10, 255, 255, 255);
  draw_text(image, -30, 12, "outside and beyond", 20, ink);
  draw_text(image, 500, 500, "outside", 20, ink);
  EXPECT_GT(count_differing_from(image, {0, 0, 10, 10}, white), 0);
}

TEST(Text, IsShortenedAndWrappedToAWidth) {
  EXPECT_EQ(shortened("Soup", 20, 200), "Soup");
  const std::string cut = shortened("Integrated Gradients", 20, 100);
  EXPECT_TRUE(cut.starts_with("Integ") && cut.ends_with("\u2026")) << cut;
  EXPECT_LE(text_width(cut, 20), 100);
  const std::vector<std::string> lines = wrapped("one two  three four five", 20, 90);
  EXPECT_GT(lines.size(), 1U);
  std::string joined;
  for (const std::string& line : lines) {
    EXPECT_LE(text_width(line, 20), 90);
    joined += line + " ";
  }
  EXPECT_EQ(joined, "one two three four five ");
  EXPECT_TRUE(wrapped("", 20, 90).empty());
}

TEST(NumberLabel, IsWhatPeopleWrite) {
  EXPECT_EQ(number_label(0), "0");
  EXPECT_EQ(number_label(0.012345), "0.0123");
  EXPECT_EQ(number_label(-2.5), "\u22122.5");
  EXPECT_EQ(number_label(4.2e-12), "4.2\u00B710\u207B\u00B9\u00B2");
  EXPECT_EQ(number_label(-1.5e6), "\u22121.5\u00B710\u2076");
}

TEST(HeatMap, AddsChannelsAndFindsItsScale) {
  const HeatMap map = heat_map(Tensor::from<float>({1, 2, 3, -4, -5, -6}, {1, 2, 3}));
  EXPECT_EQ(map.values, (std::vector<float>{6, -15}));
  EXPECT_EQ(map.width, 2);
  EXPECT_TRUE(map.is_signed);
  EXPECT_EQ(map.limit, 15);
  EXPECT_EQ(map.color(15), diverging_color(1));
  EXPECT_FALSE(heat_map(Tensor::from<float>({0, 1}, {2, 1})).is_signed);
  EXPECT_EQ(heat_map(Tensor::from<float>({0, 1}, {2, 1})).color(0), sequential_color(0));
  EXPECT_EQ(heat_map(Tensor::zeros({1, 5, 4, 3})).height, 5);
}

TEST(HeatMap, EndsAtTheShownPercentile) {
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  values[3] = -1e6F;  // an outlier
  const HeatMap map = heat_map(Tensor::from(values, {10, 100}));
  EXPECT_EQ(map.limit, 996);  // the 995th of the magnitudes 1, 2, 3, 5, ... 1000, 1e6
  EXPECT_EQ(map.largest, 1e6);
  EXPECT_EQ(map.share(-1e6), -1);
  std::vector<float> sparse(1000);
  sparse[7] = 2;
  EXPECT_EQ(heat_map(Tensor::from(sparse, {10, 100})).limit, 2);
}

TEST(HeatMap, RefusesWhatCannotBeDrawn) {
  EXPECT_THROW(heat_map(Tensor::zeros({4})), Error);
  EXPECT_THROW(heat_map(Tensor::zeros({2, 4, 4, 3})), Error);
  EXPECT_THROW(heat_map(Tensor::zeros({0, 4})), Error);
  EXPECT_THROW(heat_map(Tensor::full({2, 2}, std::numeric_limits<double>::quiet_NaN())), Error);
}

TEST(Overlay, ShowsGreyWhereTheMapIsZeroAndColorWhereItIsNot) {
  Tensor values = Tensor::zeros({8, 8});
  values.mutable_data<float>()[0] = 1;
  values.mutable_data<float>()[63] = -1;
  const Image out = overlay(photo.photo, heat_map(values));
  ASSERT_EQ(out.width, photo.photo.width);
  ASSERT_EQ(out.height, photo.photo.height);
  const Color middle = color_at(out, 20, 15);
  EXPECT_EQ(middle.red, middle.green);
  EXPECT_EQ(middle.green, middle.blue);
  EXPECT_GT(color_at(out, 0, 0).red, color_at(out, 0, 0).blue + 50);
  EXPECT_GT(color_at(out, 39, 29).blue, color_at(out, 39, 29).red + 50);
}

TEST(ExplanationFigure, IsPhotoAndMapInTheMiddleOfWhite) {
  const Image figure = explanation_figure(photo, {{ramp(128, 128, -1), "Saliency", "Dessert"}});
  EXPECT_GT(figure.width, 2 * 384);
  EXPECT_LT(figure.width, 2 * 384 + 350);
  EXPECT_GT(figure.height, 384 + 50);
  EXPECT_LT(figure.height, 384 + 250);
  const Box box = inked(figure);
  EXPECT_GE(box.x, 30);
  EXPECT_GE(box.y, 30);
  EXPECT_LE(box.x + box.width, figure.width - 30);
  EXPECT_LE(box.y + box.height, figure.height - 20);
  EXPECT_EQ(color_at(figure, 200, 300), (Color{200, 120, 40}));
  int red = 0, blue = 0;
  for (int y = 0; y < figure.height; ++y)
    for (int x = figure.width / 2; x < figure.width; ++x) {
      red += color_at(figure, x, y) == diverging_color(1);
      blue += color_at(figure, x, y) == diverging_color(-1);
    }
  EXPECT_GT(red, 9);
  EXPECT_GT(blue, 9);
}

TEST(ExplanationFigure, SaysInTheLegendWhereTheColorsEnd) {
  Tensor halves = Tensor::zeros({128, 128});
  std::fill_n(halves.mutable_data<float>(), halves.numel() / 2, 1.0F);
  const MapPanel whole{halves, "m", "c"};
  MapPanel clipped{halves.clone(), "m", "c"};
  clipped.values.mutable_data<float>()[5] = 1000;
  const Image plain = explanation_figure(photo, {whole});
  const Image with_outlier = explanation_figure(photo, {clipped});
  const auto legend_ink = [](const Image& figure) {
    const int top = 36 + 58 + 384 + 10;  // margin, header, picture, and half a tick's label
    return count_differing_from(
        figure, {figure.width / 2, top, figure.width / 2 - 1, figure.height - top - 1}, white);
  };
  EXPECT_GT(legend_ink(plain), 100);
  EXPECT_GT(legend_ink(with_outlier), 2 * legend_ink(plain));
}

TEST(ExplanationFigure, HasTheShapeOfTheMap) {
  const Image wide = explanation_figure(photo, {{ramp(32, 64, -1), "m", "c"}});
  const Image square = explanation_figure(photo, {{ramp(64, 64, -1), "m", "c"}});
  EXPECT_EQ(wide.width, square.width);
  EXPECT_EQ(square.height - wide.height, 384 / 2);
}

TEST(ExplanationFigure, DrawsConstantMapsAndLongWords) {
  const Tensor zero = Tensor::zeros({16, 16, 3});
  const Image blank = explanation_figure(photo, {{zero, "m", "c"}});
  const Image constant = explanation_figure(photo, {{Tensor::full({16, 16}, 0.5), "m", "c"}});
  EXPECT_LT(blank.width, constant.width);  // nothing to scale, so no colour bar
  const int middle = blank.height / 2;
  EXPECT_GT(
      count_differing_from(blank, {blank.width / 2 + 100, middle - 60, 200, 120}, {246, 246, 246}),
      100);  // "all zero"
  const std::string words(3000, 'w');
  const Image long_words = explanation_figure(photo, {{zero, words, words + " " + words}});
  EXPECT_EQ(long_words.width, blank.width);
}

TEST(ExplanationFigure, PutsManyMapsInRows) {
  const MapPanel map{ramp(64, 64, -1), "m", "c"};
  const Image one = explanation_figure(photo, {map});
  const Image three = explanation_figure(photo, {map, map, map});
  const Image seven = explanation_figure(photo, {7, map});
  EXPECT_EQ(three.height, one.height);
  EXPECT_GT(three.width, one.width + 2 * 384);
  EXPECT_GT(seven.height, one.height + 384);
  EXPECT_LT(seven.width, three.width + 384);
  EXPECT_THROW(explanation_figure(photo, {}), Error);
  EXPECT_THROW(explanation_figure({}, {map}), Error);
}

}  // namespace
}  // namespace backlight::tools
