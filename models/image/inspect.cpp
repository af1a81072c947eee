#include "models/image/inspect.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tensor/error.h"

namespace backlight {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::size_t at;
  std::string_view magic;
  std::string_view name;
};

// Source: the "magic" entries of the formats' own specifications.
constexpr std::array kinds = {
    Kind{0, "GIF8", "a GIF picture"},
    Kind{8, "WEBP", "a WebP picture"},
    Kind{4, "ftypavif", "an AVIF picture"},
    Kind{4, "ftypheic", "a HEIC picture"},
    Kind{4, "ftypheix", "a HEIC picture"},
    Kind{4, "ftypmif1", "a HEIC picture"},
    Kind{4, "ftyp", "a video or a picture in an MP4 container"},
    Kind{0, "BM", "a BMP picture"},
    Kind{0, "II*\0"sv, "a TIFF picture"},
    Kind{0, "MM\0*"sv, "a TIFF picture"},
    Kind{4, "jP  \r\n", "a JPEG 2000 picture"},
    Kind{0, "\xff\x0a", "a JPEG XL picture"},
    Kind{4, "JXL \r\n", "a JPEG XL picture"},
    Kind{0, "8BPS", "a Photoshop document"},
    Kind{0, "%PDF", "a PDF document"},
    Kind{0, "<svg", "an SVG drawing"},
};

constexpr std::array documents = {
    Kind{0, "<!doctype html", "a web page"},
    Kind{0, "<html", "a web page"},
    Kind{0, "<?xml", "an XML document"},
    Kind{0, "version https://git-lfs", "a Git LFS pointer, not the picture itself"},
    Kind{0, "PK\3\4", "a zip archive or a model checkpoint"},
    Kind{0, "\x93NUMPY", "a NumPy array"},
};

bool matches(std::string_view bytes, const Kind& kind) {
  return bytes.size() >= kind.at && bytes.substr(kind.at).starts_with(kind.magic);
}

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

std::string describe_other(std::string_view bytes) {
  if (bytes.empty()) return "is empty; give a PNG or JPEG file";
  for (const Kind& kind : kinds)
    if (matches(bytes, kind))
      return "is " + std::string(kind.name) + "; save it as PNG or JPEG first";

  std::string start(bytes.substr(0, 64));
  start.erase(0, std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Kind& kind : documents)
    if (matches(bytes, kind) || matches(start, kind))
      return "is " + std::string(kind.name) + "; give a PNG or JPEG file";
  return "is neither a PNG nor a JPEG picture; give one of those";
}

std::string_view BigEndianReader::take(std::size_t count) {
  require(count <= bytes_.size() - at_, name_, " is truncated or damaged at byte ", bytes_.size(),
          "; copy or download it again");
  at_ += count;
  return bytes_.substr(at_ - count, count);
}

}  // namespace backlight
