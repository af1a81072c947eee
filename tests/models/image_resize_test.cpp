#include <gtest/gtest.h>

#include "models/image/image.h"
#include "tensor/error.h"
#include "tests/models/image_fixtures.h"

namespace backlight {
namespace {

// Byte i is a hash of i, as in make_image_fixtures.py.
Image generated(int width, int height) {
  Image image = Image::filled(width, height, 0, 0, 0);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    const auto hashed = static_cast<std::uint32_t>(i * 2654435761U + 12345U);
    image.rgb[i] = static_cast<std::uint8_t>(hashed ^ (hashed >> 15));
  }
  return image;
}

Image cropped(const Image& image, int width, int height) {
  Image out = Image::filled(width, height, 0, 0, 0);
  for (int y = 0; y < height; ++y) std::copy_n(image.pixel(0, y), 3 * width, out.pixel(0, y));
  return out;
}

TEST(ResizeBilinear, GivesPillowsBytesForAPhoto) {
  struct Case {
    int from_width, from_height, width, height;
  };
  const Image photo = read_image(image_fixture("yuv444.jpg.png"));
  for (const Case c :
       {Case{90, 70, 128, 128}, Case{90, 70, 16, 16}, Case{90, 70, 31, 101}, Case{90, 70, 90, 13},
        Case{90, 70, 13, 70}, Case{1, 1, 7, 5}, Case{90, 70, 1, 1}}) {
    const std::string name =
        str("resized_", c.from_width, "x", c.from_height, "_to_", c.width, "x", c.height, ".png");
    const Image resized =
        resize_bilinear(cropped(photo, c.from_width, c.from_height), c.width, c.height);
    EXPECT_TRUE(resized == read_image(image_fixture(name))) << name;
  }
}

TEST(ResizeBilinear, GivesPillowsBytesAtEverySize) {
  std::ifstream cases(image_fixture("resized_generated.txt"));
  int from_width = 0, from_height = 0, width = 0, height = 0, count = 0;
  std::uint32_t crc = 0;
  for (; cases >> std::dec >> from_width >> from_height >> width >> height >> std::hex >> crc;
       ++count) {
    const Image resized = resize_bilinear(generated(from_width, from_height), width, height);
    EXPECT_EQ(checksum(resized.rgb), crc)
        << from_width << "x" << from_height << " to " << width << "x" << height;
  }
  EXPECT_GE(count, 14);
}

TEST(ResizeBilinear, RefusesEmptyAndAbsurdSizes) {
  EXPECT_THROW(resize_bilinear(Image{}, 4, 4), Error);
  const Image image = Image::filled(4, 4, 1, 2, 3);
  EXPECT_THROW(resize_bilinear(image, 0, 4), Error);
  EXPECT_THROW(resize_bilinear(image, 4, -1), Error);
  EXPECT_THROW(resize_bilinear(image, 1 << 20, 1 << 20), Error);
}

}  // namespace
}  // namespace backlight
