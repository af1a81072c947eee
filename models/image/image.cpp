#include "models/image/image.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "models/image/decoder.h"
#include "models/image/inspect.h"
#include "tensor/error.h"
#include "tensor/file.h"

namespace backlight {
namespace {

constexpr std::int64_t largest_file = std::int64_t{1} << 30;
constexpr std::size_t megabyte = std::size_t{1} << 20;

// What Linux says a program can still take; -1 elsewhere.
std::int64_t available_memory() {
  std::ifstream in("/proc/meminfo");
  std::string key;
  for (std::int64_t kilobytes = 0; in >> key >> kilobytes; in.ignore(64, '\n'))
    if (key == "MemAvailable:") return kilobytes * 1024;
  return -1;
}

void check_size(const PictureHeader& header, const std::string& name) {
  require(header.width > 0 && header.height > 0, name,
          " is a damaged picture: it has no width or no height; copy or download it again");
  require(header.width <= max_pixels / header.height, name, " claims ", header.width, " x ",
          header.height, " pixels; give a picture of at most ", max_pixels);
  // At worst 16 bits of red, green, blue and alpha, unpacked twice, beside the result.
  const std::int64_t needed = 20 * header.width * header.height;
  const std::int64_t available = available_memory();
  require(available < 0 || needed <= available, name, " needs about ", needed >> 20,
          " MB to decode, but ", available >> 20, " MB of memory are free; make it smaller first");
}

// The same PNG with its palette filled up with black to 256 colours: stb_image takes a colour
// past the end from whatever the stack holds, and Pillow takes it as black.
std::string with_full_palette(std::string_view bytes, const PngHeader& header) {
  const std::size_t chunk_at = header.palette_at - 8;
  const std::size_t end_of_palette = header.palette_at + 3 * header.palette_colours;
  std::string out(bytes.substr(0, chunk_at));
  out.append({0, 0, 3, 0}).append("PLTE");
  out.append(bytes.substr(header.palette_at, 3 * header.palette_colours));
  out.append(768 - 3 * header.palette_colours, '\0');
  out.append(bytes.substr(end_of_palette));
  return out;
}

}  // namespace

Image Image::filled(int width, int height, std::uint8_t red, std::uint8_t green,
                    std::uint8_t blue) {
  require(width >= 0 && height >= 0, "a picture cannot be ", width, " x ", height, " pixels");
  Image image{width, height, {}};
  image.rgb.resize(image.offset(0, height));
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    image.rgb[i] = red;
    image.rgb[i + 1] = green;
    image.rgb[i + 2] = blue;
  }
  return image;
}

Image decode_image(std::string_view bytes, const std::string& name) {
  require(static_cast<std::int64_t>(bytes.size()) <= largest_file, name, " has ", bytes.size(),
          " bytes; give a picture file of at most ", largest_file);
  // Twice the pixels of 16-bit RGBA, and twice the file.
  const auto largest_block = [&bytes](const PictureHeader& header) {
    return 16 * static_cast<std::size_t>(header.width * header.height) + 2 * bytes.size() +
           megabyte;
  };
  if (is_png(bytes)) {
    const PngHeader header = check_png(bytes, name);
    check_size(header, name);
    if (header.palette_colours == 0) return decode_checked(bytes, largest_block(header), name);
    return decode_checked(with_full_palette(bytes, header), largest_block(header), name);
  }
  require(is_jpeg(bytes), name, " ", describe_other(bytes));
  const PictureHeader header = check_jpeg(bytes, name);
  check_size(header, name);
  return decode_checked(bytes, largest_block(header), name);
}

Image read_image(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  return decode_image(as_text(bytes), path.string());
}

std::string encode_png(const Image& image) {
  require(image.width > 0 && image.height > 0, "a picture without pixels cannot be a PNG");
  require(image.width <= max_pixels / image.height, "a picture of ", image.width, " x ",
          image.height, " pixels is too large for a PNG; the most is ", max_pixels, " pixels");
  const std::string png = encode_rgb_as_png(image.rgb.data(), image.width, image.height);
  require(!png.empty(), "no memory is left to write a PNG of ", image.width, " x ", image.height,
          " pixels; make the picture smaller");
  return png;
}

Tensor image_to_tensor(const Image& image) {
  Tensor tensor({1, image.height, image.width, 3});
  std::transform(image.rgb.begin(), image.rgb.end(), tensor.mutable_data<float>(),
                 [](std::uint8_t byte) { return static_cast<float>(byte) / 255.0F; });
  return tensor;
}

Image tensor_to_image(const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  require((shape.rank() == 3 || (shape.rank() == 4 && shape[0] == 1)) && shape[-1] == 3 &&
              tensor.numel() <= 3 * max_pixels,
          "a picture is a tensor [1, height, width, 3] or [height, width, 3], not ", shape);
  Image image{static_cast<int>(shape[-2]), static_cast<int>(shape[-3]), {}};
  image.rgb.resize(static_cast<std::size_t>(tensor.numel()));
  const Tensor dense = tensor.dense();
  std::transform(dense.data<float>(), dense.data<float>() + dense.numel(), image.rgb.begin(),
                 [](float value) {
                   // fmax returns the number of a number and a NaN.
                   const float clamped = std::fmin(std::fmax(value, 0.0F), 1.0F);
                   return static_cast<std::uint8_t>(std::lround(clamped * 255.0F));
                 });
  return image;
}

}  // namespace backlight
