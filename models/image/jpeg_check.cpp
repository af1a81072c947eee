#include <array>
#include <bitset>

#include "models/image/inspect.h"
#include "tensor/error.h"

namespace backlight {
namespace {

// Segment types, ITU-T T.81 table B.1.
enum Marker : std::uint32_t {
  baseline = 0xC0,
  extended = 0xC1,
  progressive = 0xC2,
  huffman_tables = 0xC4,
  reserved_jpg = 0xC8,
  arithmetic_conditioning = 0xCC,
  last_frame = 0xCF,
  first_restart = 0xD0,
  last_restart = 0xD7,
  end_of_image = 0xD9,
  start_of_scan = 0xDA,
  quantization_tables = 0xDB,
  restart_interval = 0xDD,
  app14 = 0xEE,
};

bool is_frame(std::uint32_t marker) {
  return marker >= baseline && marker <= last_frame && marker != huffman_tables &&
         marker != reserved_jpg && marker != arithmetic_conditioning;
}

// Encoders write about ten; libjpeg-turbo advises against decoding more than 500.
constexpr int most_scans = 500;

// Walks the segments of one JPEG file. stb_image trusts the tables' own counts, so nothing
// reaches it that has not been here.
class JpegChecker {
 public:
  JpegChecker(std::string_view bytes, const std::string& name)
      : bytes_(bytes), name_(name), in_(bytes, name, 2) {}

  PictureHeader check() {
    for (std::uint32_t marker = next_marker(); marker != end_of_image; marker = next_marker())
      read_segment(marker);
    demand(scans_ > 0, "it has no pixels");
    // A block of 8 x 8 takes a bit at least; a small file must not keep the decoder busy for long.
    demand(header_.width * header_.height <= 512 * static_cast<std::int64_t>(in_.at()),
           "it claims more pixels than it has data for");
    return header_;
  }

 private:
  struct Component {
    std::uint32_t id, quantization;
  };

  void demand(bool condition, const char* what) const {
    require(condition, name_, " is a damaged JPEG: ", what, "; copy or download it again");
  }

  std::uint32_t next_marker() {
    demand(in_.u8() == 0xFF, "a segment does not begin where the one before it ends");
    std::uint32_t marker = 0xFF;
    while (marker == 0xFF) marker = in_.u8();
    return marker;
  }

  void read_segment(std::uint32_t marker) {
    const std::uint32_t length = in_.u16();
    demand(length >= 2, "a segment is shorter than its own length field");
    const std::size_t start = in_.at();
    const std::string_view contents = in_.take(length - 2);
    const std::string_view up_to_end = bytes_.substr(0, in_.at());
    BigEndianReader segment(up_to_end, name_, start);
    if (is_frame(marker)) {
      read_frame(marker, segment);
    } else if (marker == huffman_tables) {
      while (!segment.at_end()) read_huffman_table(segment);
    } else if (marker == quantization_tables) {
      while (!segment.at_end()) read_quantization_table(segment);
    } else if (marker == restart_interval) {
      demand(contents.size() == 2, "its restart interval is not a number");
    } else if (marker == app14) {
      has_adobe_segment_ |= contents.starts_with("Adobe");
    } else if (marker == start_of_scan) {
      read_scan(segment);
      skip_entropy_coded_data();
    }
  }

  void read_frame(std::uint32_t marker, BigEndianReader& segment) {
    demand(component_count_ == 0, "it has two frames");
    require(marker <= progressive, name_,
            " is a lossless, hierarchical or arithmetic-coded JPEG; save it as PNG or as an "
            "ordinary JPEG first");
    progressive_ = marker == progressive;
    require(segment.u8() == 8, name_,
            " is a JPEG of more than 8 bits per channel; save it with 8 bits first");
    header_.height = segment.u16();
    header_.width = segment.u16();
    component_count_ = segment.u8();
    demand(component_count_ == 1 || component_count_ == 3 || component_count_ == 4,
           "it has neither one, three nor four channels");
    for (std::size_t i = 0; i < component_count_; ++i) {
      components_[i].id = segment.u8();
      segment.u8();  // sampling factors: the decoder checks them
      components_[i].quantization = segment.u8();
    }
    demand(segment.at_end(), "its frame header has the wrong length");
  }

  void read_huffman_table(BigEndianReader& segment) {
    const std::uint32_t which = segment.u8();
    demand(which >> 4 <= 1 && (which & 15) <= 3, "a Huffman table has no such number");
    std::uint32_t symbols = 0;
    for (int length = 1; length <= 16; ++length) symbols += segment.u8();
    demand(symbols <= 256, "a Huffman table has more than 256 symbols");
    segment.take(symbols);
    huffman_.set(which >> 4 << 2 | (which & 3));
  }

  void read_quantization_table(BigEndianReader& segment) {
    const std::uint32_t which = segment.u8();
    demand(which >> 4 <= 1 && (which & 15) <= 3, "a quantization table has no such number");
    segment.take(which >> 4 ? 128 : 64);
    quantization_.set(which & 3);
  }

  void read_scan(BigEndianReader& segment) {
    const std::uint32_t count = segment.u8();
    demand(count >= 1 && count <= component_count_, "a scan has the wrong number of channels");
    std::array<std::uint32_t, 4> tables{};
    for (std::uint32_t i = 0; i < count; ++i) {
      const Component& component = find_component(segment.u8());
      demand(component.quantization <= 3 && quantization_[component.quantization],
             "a quantization table is missing");
      tables[i] = segment.u8();
      demand(tables[i] >> 4 <= 3 && (tables[i] & 15) <= 3, "a Huffman table has no such number");
    }
    const bool has_dc = segment.u8() == 0;
    const bool has_ac = segment.u8() > 0 || !progressive_;
    const bool refines = segment.u8() >> 4 != 0;
    demand(segment.at_end(), "a scan header has the wrong length");
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool dc_known = !has_dc || refines || huffman_[tables[i] >> 4];
      const bool ac_known = !has_ac || huffman_[4 | (tables[i] & 3)];
      require(dc_known && ac_known, name_,
              " is a JPEG without its Huffman tables (perhaps a "
              "frame of a motion JPEG video); save it as PNG or as an ordinary JPEG first");
    }
    require(component_count_ != 4 || has_adobe_segment_, name_,
            " is a JPEG of four channels that does not say what they are; save it as RGB first");
    demand(++scans_ <= most_scans, "it has more scans than any encoder writes");
  }

  const Component& find_component(std::uint32_t id) const {
    for (std::size_t i = 0; i < component_count_; ++i)
      if (components_[i].id == id) return components_[i];
    fail(name_,
         " is a damaged JPEG: a scan names a channel it does not have; copy or download "
         "it again");
  }

  // Goes on to the next marker other than a restart. In these data a byte 0xFF is followed by 0.
  void skip_entropy_coded_data() {
    for (;;) {
      const std::size_t found = bytes_.find('\xFF', in_.at());
      in_.take((found == std::string_view::npos ? bytes_.size() : found) - in_.at());
      BigEndianReader ahead = in_;
      const std::uint32_t marker = next_marker();
      if (marker != 0 && !(marker >= first_restart && marker <= last_restart)) {
        in_ = ahead;
        return;
      }
    }
  }

  std::string_view bytes_;
  const std::string& name_;
  BigEndianReader in_;
  PictureHeader header_;
  std::size_t component_count_ = 0;
  std::array<Component, 4> components_{};
  std::bitset<8> huffman_;  // DC 0..3, AC 0..3
  std::bitset<4> quantization_;
  bool progressive_ = false;
  bool has_adobe_segment_ = false;
  int scans_ = 0;
};

}  // namespace

PictureHeader check_jpeg(std::string_view bytes, const std::string& name) {
  return JpegChecker(bytes, name).check();
}

}  // namespace backlight
