// The grid of one map a class, and how coarse maps are shown.
#include "tools/figure/class_grid.h"

#include "tests/testing.h"
#include "tools/figure/canvas.h"
#include "tools/report/run.h"

namespace backlight::testing {
namespace {

using namespace tools;

TEST(ClassGrid, HasAPanelAClassOnOneScale) {
  const Image photo = Image::filled(8, 8, 128, 128, 128);
  const Tensor strong = Tensor::full({8, 8, 3}, 1), weak = Tensor::full({8, 8, 3}, -0.1);
  const Image grid = class_grid(
      photo, "Photo", {{strong, "a", "", true}, {weak, "b", ""}, {weak, "c", ""}, {weak, "d", ""}});
  // Four in a row: the photo and three classes, then the last.
  const Image row =
      class_grid(photo, "Photo", {{strong, "a", "", true}, {weak, "b", ""}, {weak, "c", ""}});
  EXPECT_EQ(grid.width, row.width);
  EXPECT_GT(grid.height, row.height + 232);
  const auto middle = [&](int cell) {
    return tools::color_at(grid, 28 + cell * 250 + 116, 28 + 46 + 116);
  };
  EXPECT_EQ(middle(0), (tools::Color{128, 128, 128}));
  EXPECT_GT(middle(1).red, middle(1).blue + 60);  // for
  EXPECT_GT(middle(2).blue, middle(2).red);       // against, a tenth as strong
  EXPECT_LT(middle(2).blue - middle(2).red, 40);
  EXPECT_EQ(middle(2), middle(3));
  EXPECT_NE(message_of([&] { class_grid(photo, "Photo", {}); }), "");
}

TEST(MapResult, IsShownAtThePhotosSize) {
  const Image photo = Image::filled(4, 2, 0, 0, 0);
  MapResult map;
  map.values = Tensor::from<float>({0, 1}, {1, 2});
  const Tensor large = map.at_size_of(photo);
  EXPECT_EQ(large.shape(), (Shape{2, 4}));
  for (const std::int64_t row : {0, 4}) {
    EXPECT_EQ(large.at(row), 0);
    EXPECT_EQ(large.at(row + 1), 0.25);
    EXPECT_EQ(large.at(row + 3), 1);
  }
  map.level = 0.25;  // taken off before a map is shown or judged
  EXPECT_EQ(map.at_size_of(photo).at(0), -0.25);
  EXPECT_EQ(map.at_size_of(photo).at(3), 0.75);
  map.level = 0;
  map.values = uniform({2, 4, 3}, DType::f32, 1);
  EXPECT_TRUE(has_same_bytes(map.at_size_of(photo), map.values));
}

}  // namespace
}  // namespace backlight::testing
