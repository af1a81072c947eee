// Photos: reading PNG and JPEG, resizing as Pillow does, writing PNG, and the way to tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace backlight {

// A picture of 8-bit red, green and blue: rows from the top, width x height x 3 bytes.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  // A picture of one colour.
  static Image filled(int width, int height, std::uint8_t red, std::uint8_t green,
                      std::uint8_t blue);

  std::uint8_t* pixel(int x, int y) { return rgb.data() + offset(x, y); }
  const std::uint8_t* pixel(int x, int y) const { return rgb.data() + offset(x, y); }
  bool operator==(const Image&) const = default;

 private:
  std::size_t offset(int x, int y) const {
    return 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                static_cast<std::size_t>(x));
  }
};

// The most pixels a picture may have: above this Pillow warns of a decompression bomb.
inline constexpr std::int64_t max_pixels = 178'956'970;

// Decodes a PNG or JPEG file held in memory, as Pillow's Image.open(f).convert("RGB") does: grey
// and palette become RGB, 16 bits per channel become the upper 8, CMYK becomes RGB, transparency
// is dropped (not blended), colour profiles and the EXIF orientation are left alone. PNG gives
// Pillow's bytes; JPEG pixels differ from libjpeg's by a few levels at most (in the last column but
// one of a 4:2:2 picture by more: stb_image interpolates the colour there from the wrong side).
// Errors, each naming `name`: not a picture, a kind that is not read (what it is and the remedy),
// truncated or damaged, more pixels than max_pixels or than memory can hold, grey PNG of 16 bits
// (which Pillow clips to white).
Image decode_image(std::string_view bytes, const std::string& name);

// decode_image of a file. Errors: those, and a path that cannot be read.
Image read_image(const std::filesystem::path& path);

// The picture as a PNG file. Errors: a picture without pixels, or too large for one.
std::string encode_png(const Image& image);

// Resizes with a triangle filter as wide as the scale (antialiased), aspect not kept; the same
// bytes as Pillow's image.resize((width, height), Image.BILINEAR). With s = max(1, in/out) and
// c = (i + 0.5) in/out,
//   out[i] = sum_j w_ij in[j] / sum_j w_ij,  w_ij = max(0, 1 - |j + 0.5 - c| / s),
// along the rows, then along the columns; the columns come first where the height shrinks by more
// than twice what the width does (Pillow 13; before that never, which moves some bytes by 1).
// Weights are rounded to 22 fractional bits, and each of the two passes rounds to 8 bits. A pass
// that would change nothing is left out. Errors: an empty picture, an extent below 1, more than
// max_pixels.
Image resize_bilinear(const Image& image, int width, int height);

// [1, H, W, 3] float32, byte / 255: what torchvision's ToTensor gives, channels last.
Tensor image_to_tensor(const Image& image);

// The picture of a float32 tensor [1, H, W, 3] or [H, W, 3]: values are clamped to [0, 1] (not a
// number counts as 0) and rounded to the nearest of the 256 levels. Errors: another shape.
Image tensor_to_image(const Tensor& tensor);

}  // namespace backlight
