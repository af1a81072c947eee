#include "tools/figure/contact_sheet.h"

#include <algorithm>

#include "tests/testing.h"

namespace backlight::tools {
namespace {

using backlight::testing::message_of;

constexpr Color kRed{200, 0, 0}, kGreen{0, 150, 0};

Image block(Color color, int width = 16, int height = 16) {
  return Image::filled(width, height, color.red, color.green, color.blue);
}

int count(const Image& image, Color color) {
  int pixels = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) pixels += color_at(image, x, y) == color;
  return pixels;
}

// A section of `columns` red cells, beside a green picture if `labelled`.
SheetSection section(std::size_t columns, bool labelled) {
  SheetSection result{"cnn.15", "ReLU()", {}, {{labelled ? block(kGreen) : Image{}, "", {}}}};
  if (labelled) result.rows[0].label = "2_17";
  for (std::size_t c = 0; c < columns; ++c) {
    result.columns.push_back(str("filter ", c));
    result.rows[0].cells.push_back({block(kRed), "sum 3"});
  }
  return result;
}

TEST(ContactSheet, DrawsEveryPictureOnce) {
  for (const std::size_t columns : {1, 3, 8, 9, 20}) {
    const Image sheet = contact_sheet("Filters", {section(columns, false), section(2, true)});
    EXPECT_EQ(count(sheet, kRed), 128 * 128 * static_cast<int>(columns + 2)) << columns;
    EXPECT_EQ(count(sheet, kGreen), 128 * 128);
  }
}

TEST(ContactSheet, StartsANewBandAfterEightColumns) {
  const Image eight = contact_sheet("Filters", {section(8, true)});
  const Image nine = contact_sheet("Filters", {section(9, true)});
  EXPECT_EQ(nine.width, eight.width);
  EXPECT_GE(nine.height, eight.height + 128);
  // The picture that a row has in common comes again.
  EXPECT_EQ(count(nine, kGreen), 2 * 128 * 128);
}

TEST(ContactSheet, KeepsShapesAndLeavesEmptyCellsWhite) {
  SheetSection one = section(2, false);
  one.rows[0].cells[0].picture = block(kRed, 32, 8);
  one.rows[0].cells[1] = {};
  EXPECT_EQ(count(contact_sheet("Filters", {one}), kRed), 128 * 32);
}

TEST(ContactSheet, RefusesWhatCannotBeDrawn) {
  EXPECT_NE(message_of([] { contact_sheet("Filters", {}); }), "");
  EXPECT_NE(message_of([] {
              contact_sheet("Filters", {SheetSection{"cnn.1", "", {"0"}, {}}});
            }),
            "");
  SheetSection uneven = section(3, false);
  uneven.columns.pop_back();
  EXPECT_NE(message_of([&] { contact_sheet("Filters", {uneven}); }), "");
}

}  // namespace
}  // namespace backlight::tools
