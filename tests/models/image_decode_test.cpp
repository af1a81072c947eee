#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/image/image.h"
#include "tensor/error.h"
#include "tests/models/image_fixtures.h"

namespace backlight {
namespace {

// The message of the Error that decoding throws.
std::string refusal(const std::string& bytes) {
  try {
    decode_image(bytes, "a.png");
  } catch (const Error& error) {
    return error.what();
  }
  return "decoded";
}

void expect_refused(const std::string& bytes, const std::string& because) {
  EXPECT_NE(refusal(bytes).find("a.png"), std::string::npos) << refusal(bytes);
  EXPECT_NE(refusal(bytes).find(because), std::string::npos) << refusal(bytes);
}

std::string chunk(const std::string& type, const std::string& contents) {
  const auto big_endian = [](std::size_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16),
                       static_cast<char>(n >> 8), static_cast<char>(n)};
  };
  return big_endian(contents.size()) + type + contents + big_endian(checksum(type + contents));
}

std::string replaced(std::string bytes, const std::string& from, const std::string& to) {
  const std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return bytes.replace(at, from.size(), to);
}

TEST(DecodePng, GivesPillowsBytesForEveryKind) {
  std::ifstream expected(image_fixture("expected.txt"));
  std::string name;
  int width = 0, height = 0, count = 0;
  std::uint32_t crc = 0;
  for (; expected >> name >> std::dec >> width >> height >> std::hex >> crc; ++count) {
    const Image image = read_image(image_fixture(name));
    EXPECT_EQ(image.width, width) << name;
    EXPECT_EQ(image.height, height) << name;
    EXPECT_EQ(image.rgb.size(), static_cast<std::size_t>(3 * width * height)) << name;
    EXPECT_EQ(checksum(image.rgb), crc) << name;
  }
  EXPECT_GE(count, 20);
}

class DecodeJpeg : public testing::TestWithParam<const char*> {};

// libjpeg rounds colour conversion and chroma interpolation otherwise than stb_image does.
TEST_P(DecodeJpeg, IsCloseToPillow) {
  const std::string path = image_fixture(std::string(GetParam()) + ".jpg");
  const Image image = read_image(path);
  const Image expected = read_image(path + ".png");
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  double sum = 0;
  int largest = 0;
  for (int y = 0; y < image.height; ++y)
    for (int i = 0; i < 3 * image.width; ++i) {
      // stb_image interpolates the chroma of this column from the wrong side.
      if (GetParam() == std::string("yuv422") && i / 3 == image.width - 2) continue;
      const int difference = std::abs(image.pixel(0, y)[i] - expected.pixel(0, y)[i]);
      sum += difference;
      largest = std::max(largest, difference);
    }
  EXPECT_LE(largest, 4);
  EXPECT_LE(sum / static_cast<double>(image.rgb.size()), 0.3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DecodeJpeg,
                         testing::Values("yuv444", "yuv422", "yuv420", "progressive", "restarts",
                                         "rgb", "grey", "cmyk", "ycck"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(DecodeImage, SaysWhatOtherFilesAre) {
  expect_refused("", "is empty");
  expect_refused("GIF89a...", "is a GIF picture; save it as PNG or JPEG first");
  expect_refused("RIFF\x10\1\1\1WEBPVP8 ", "is a WebP picture");
  expect_refused(std::string("\0\0\0\x18", 4) + "ftypheic", "is a HEIC picture");
  expect_refused("%PDF-1.7", "is a PDF document");
  expect_refused("\n <!DOCTYPE HTML>", "is a web page");
  expect_refused("PK\3\4", "is a zip archive");
  expect_refused("hello", "is neither a PNG nor a JPEG");
}

TEST(DecodeImage, RefusesEveryTruncation) {
  for (const char* name :
       {"palette4.png", "interlaced_rgb8.png", "yuv420.jpg", "progressive.jpg"}) {
    const std::string whole = file_bytes(image_fixture(name));
    for (std::size_t length = 0; length < whole.size(); ++length)
      EXPECT_THROW(decode_image(whole.substr(0, length), name), Error) << name << " " << length;
  }
}

TEST(DecodeImage, IgnoresWhatFollowsTheEnd) {
  for (const char* name : {"rgb8.png", "yuv420.jpg"}) {
    const std::string whole = file_bytes(image_fixture(name));
    EXPECT_EQ(decode_image(whole + "trailer", name), decode_image(whole, name));
  }
}

TEST(DecodePng, RefusesDamage) {
  const std::string whole = file_bytes(image_fixture("rgb8.png"));
  std::string flipped = whole;
  flipped[whole.find("IDAT") + 20] ^= 1;
  expect_refused(flipped, "a checksum differs");

  const std::string signature = whole.substr(0, 8);
  const auto header = [](std::string depth_and_colour, std::string extents) {
    return chunk("IHDR", extents + depth_and_colour + std::string(3, '\0'));
  };
  const std::string small("\0\0\0\1\0\0\0\1", 8);
  const std::string end = chunk("IDAT", "x") + chunk("IEND", "");
  expect_refused(signature + header({8, 5}, small) + end, "not one of the standard's");
  expect_refused(signature + header({8, 3}, small) + end, "it has no palette");
  expect_refused(signature + header({8, 2}, small) + chunk("IEND", ""), "it has no pixels");
  expect_refused(signature + header({8, 2}, small) + end, "cannot be decoded");
  expect_refused(signature + header({8, 2}, std::string(8, '\0')) + end, "no width");
  expect_refused(signature + header({8, 2}, "\1\1\1\1\1\1\1\1") + end, "claims 16843009 x");
  expect_refused(signature + chunk("CgBI", "abcd") + header({8, 2}, small) + end, "Apple's CgBI");
  expect_refused(file_bytes(image_fixture("grey16.png")), "grey PNG of 16 bits");
}

TEST(DecodePng, RefusesMorePixelsThanAreStored) {
  const std::string whole = file_bytes(image_fixture("rgb8.png"));
  const std::size_t data_at = whole.find("IDAT") - 4;
  const std::string ihdr("\0\0\x10\0\0\0\x10\0\x08\2\0\0\0", 13);
  expect_refused(whole.substr(0, 8) + chunk("IHDR", ihdr) + whole.substr(data_at),
                 "cannot be decoded");
}

TEST(DecodeJpeg, RefusesDamage) {
  const std::string whole = file_bytes(image_fixture("yuv444.jpg"));
  const std::size_t huffman = whole.find("\xff\xc4");
  std::string many_symbols = whole;
  std::fill_n(many_symbols.begin() + static_cast<std::ptrdiff_t>(huffman) + 5, 16, '\xff');
  expect_refused(many_symbols, "more than 256 symbols");

  const std::size_t frame = whole.find("\xff\xc0");
  std::string other = whole;
  other[frame + 1] = '\xc9';
  expect_refused(other, "arithmetic-coded");
  other = whole;
  other[frame + 4] = 12;
  expect_refused(other, "more than 8 bits");
  other = whole;
  other[frame + 5] = other[frame + 6] = 0;
  expect_refused(other, "no height");
  std::fill_n(other.begin() + static_cast<std::ptrdiff_t>(frame) + 5, 4, '\xff');
  expect_refused(other, "claims more pixels than it has data for");

  const std::size_t scan = whole.find("\xff\xda");
  other = whole.substr(0, scan);
  for (int i = 0; i < 501; ++i) other += whole.substr(scan, 14) + "abc";
  expect_refused(other + "\xff\xd9", "more scans than any encoder writes");

  const auto without = [&whole](const std::string& marker) {
    std::string bytes = whole;
    for (std::size_t at; (at = bytes.find(marker)) != std::string::npos;)
      bytes.erase(at, 2 + 256 * static_cast<std::uint8_t>(bytes[at + 2]) +
                          static_cast<std::uint8_t>(bytes[at + 3]));
    return bytes;
  };
  expect_refused(without("\xff\xc4"), "without its Huffman tables");
  expect_refused(without("\xff\xdb"), "a quantization table is missing");
  expect_refused("\xff\xd8\xff\xd9", "it has no pixels");
  expect_refused(replaced(file_bytes(image_fixture("cmyk.jpg")), "Adobe", "adobe"),
                 "does not say what they are");
}

TEST(ReadImage, NamesThePath) {
  EXPECT_THROW(read_image(image_fixture("")), Error);
  try {
    read_image(image_fixture("absent.png"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("absent.png"), std::string::npos);
  }
}

TEST(EncodePng, RoundTrips) {
  for (const char* name : {"yuv420.jpg", "one_pixel.png"}) {
    const Image image = read_image(image_fixture(name));
    EXPECT_EQ(decode_image(encode_png(image), name), image);
  }
  EXPECT_THROW(encode_png(Image{}), Error);
}

TEST(ImageTensor, IsByteOver255AndBack) {
  Image image = Image::filled(256, 2, 0, 0, 0);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i);
  const Tensor tensor = image_to_tensor(image);
  EXPECT_EQ(tensor.shape(), Shape({1, 2, 256, 3}));
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    ASSERT_EQ(tensor.data<float>()[i], static_cast<float>(image.rgb[i]) / 255.0F);
  EXPECT_EQ(tensor_to_image(tensor), image);
  EXPECT_EQ(tensor_to_image(tensor.reshape({2, 256, 3})), image);
}

TEST(ImageTensor, ClampsAndRounds) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor tensor = Tensor::from<float>({-1, 2, nan, 0.5F, 1.4F / 255, 1.6F / 255}, {1, 2, 3});
  EXPECT_EQ(tensor_to_image(tensor).rgb, (std::vector<std::uint8_t>{0, 255, 0, 128, 1, 2}));
  EXPECT_THROW(tensor_to_image(Tensor::zeros({2, 4, 4, 3})), Error);
  EXPECT_THROW(tensor_to_image(Tensor::zeros({4, 4})), Error);
}

}  // namespace
}  // namespace backlight
