#include <array>

#include "models/image/inspect.h"
#include "tensor/error.h"

namespace backlight {
namespace {

// The cyclic redundancy code of PNG. Source: PNG specification (W3C), annex D.
std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      entries[n] = c;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes)
    crc = table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

// Whether the standard has this combination of bits per sample and colour type.
bool is_known_format(std::uint32_t depth, std::uint32_t colour) {
  switch (colour) {
    case 0: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6: return depth == 8 || depth == 16;
    default: return false;
  }
}

constexpr std::uint32_t palette_colour = 3;

// Reads IHDR into `header` and returns the colour type.
std::uint32_t read_ihdr(BigEndianReader& in, PngHeader& header, const std::string& name) {
  header.width = in.u32();
  header.height = in.u32();
  const std::uint32_t depth = in.u8();
  const std::uint32_t colour = in.u8();
  const bool known_coding = in.u8() == 0 && in.u8() == 0 && in.u8() <= 1;
  require(is_known_format(depth, colour) && known_coding, name,
          " is a damaged PNG: its header is not one of the standard's; copy or download it again");
  require(!(depth == 16 && colour == 0), name,
          " is a grey PNG of 16 bits, which Pillow clips to white; save it with 8 bits first");
  return colour;
}

}  // namespace

PngHeader check_png(std::string_view bytes, const std::string& name) {
  const auto damaged = [&name](std::string_view what) {
    fail(name, " is a damaged PNG: ", what, "; copy or download it again");
  };
  PngHeader header;
  BigEndianReader in(bytes, name, 8);
  std::uint32_t colour = 0;
  bool has_data = false;
  for (bool first = true;; first = false) {
    const std::uint32_t length = in.u32();
    const std::size_t type_at = in.at();
    const std::string_view type = in.take(4);
    require(first == (type == "IHDR"), name, " is not a PNG that is read: its first chunk is ",
            type == "CgBI" ? "Apple's CgBI" : "not the header", "; save it as PNG or JPEG again");
    BigEndianReader contents(bytes, name, in.at());
    in.take(length);
    const bool critical = (type[0] & 0x20) == 0;
    if (const std::uint32_t crc = in.u32(); critical)
      if (crc != crc32(bytes.substr(type_at, 4 + std::size_t{length})))
        damaged("a checksum differs");

    if (type == "IHDR") {
      if (length != 13) damaged("its header is too short or too long");
      colour = read_ihdr(contents, header, name);
    } else if (type == "PLTE") {
      if (length % 3 != 0 || length == 0 || length > 768) damaged("its palette is not whole");
      if (header.palette_colours != 0) damaged("it has two palettes");
      header.palette_at = contents.at();
      header.palette_colours = length / 3;
    } else if (type == "IDAT") {
      if (colour == palette_colour && header.palette_colours == 0) damaged("it has no palette");
      has_data = true;
    } else if (type == "IEND") {
      break;
    } else if (critical) {
      damaged("it has a critical chunk that the standard does not know");
    }
  }
  if (!has_data) damaged("it has no pixels");
  return header;
}

}  // namespace backlight
