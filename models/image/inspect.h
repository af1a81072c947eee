// What a picture file says of itself, checked before a decoder sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace backlight {

bool is_png(std::string_view bytes);
bool is_jpeg(std::string_view bytes);

// What bytes that are neither PNG nor JPEG seem to be, and what to do about it, as the rest of a
// sentence that begins with the file's name: "is a GIF picture; save it as PNG or JPEG first".
std::string describe_other(std::string_view bytes);

struct PictureHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// A PNG whose chunks are whole, whose checksums hold and whose header is one that is read.
struct PngHeader : PictureHeader {
  std::size_t palette_at = 0;       // where the colours of PLTE begin; 0 without a palette
  std::size_t palette_colours = 0;  // how many there are
};
// Source: PNG specification (W3C), sections 5 and 11. Errors: what is wrong and where.
PngHeader check_png(std::string_view bytes, const std::string& name);

// A JPEG whose segments are whole, from the start to the end marker, with tables that fit their
// decoder and belong to the scans that use them.
// Source: ITU-T T.81, annex B. Errors: what is wrong and where.
PictureHeader check_jpeg(std::string_view bytes, const std::string& name);

// Big-endian numbers out of a file. Errors: reading past the end.
class BigEndianReader {
 public:
  BigEndianReader(std::string_view bytes, std::string_view name, std::size_t at)
      : bytes_(bytes), name_(name), at_(at) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == bytes_.size(); }
  std::uint32_t u8() { return static_cast<std::uint8_t>(take(1)[0]); }
  std::uint32_t u16() {
    const std::uint32_t high = u8();
    return high << 8 | u8();
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  // The next `count` bytes.
  std::string_view take(std::size_t count);

 private:
  std::string_view bytes_;
  std::string_view name_;
  std::size_t at_;
};

}  // namespace backlight
