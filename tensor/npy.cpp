#include "tensor/npy.h"

#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace backlight {
namespace {

static_assert(std::endian::native == std::endian::little,
              "elements are written and read as they lie in memory");

constexpr std::string_view kMagic = "\x93NUMPY";

const char* description_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return "<f4";
    case DType::f64: return "<f8";
    case DType::i32: return "<i4";
    case DType::i64: return "<i8";
    case DType::u8: return "|u1";
  }
  fail("unknown dtype ", static_cast<int>(dtype));
}

struct Header {
  std::string description;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// Reads the header, a Python dict of a string, a bool and a tuple of integers:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    std::optional<std::string> description;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::int64_t>> shape;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        description = quoted();
      } else if (key == "fortran_order") {
        fortran_order = boolean();
      } else if (key == "shape") {
        shape = tuple();
      } else {
        malformed();
      }
      if (!take(',') && peek() != '}') malformed();
    }
    if (!description || !fortran_order || !shape) malformed();
    return {*description, *fortran_order, *shape};
  }

 private:
  [[noreturn]] void malformed() const {
    fail(name_, " has a damaged .npy header, or holds records; save a plain array with numpy.save");
  }

  char peek() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_[0])))
      text_.remove_prefix(1);
    return text_.empty() ? '\0' : text_[0];
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) malformed();
  }

  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') malformed();
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) malformed();
    std::string out(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return out;
  }

  bool boolean() {
    (void)peek();
    const bool value = text_.starts_with("True");
    if (!value && !text_.starts_with("False")) malformed();
    text_.remove_prefix(value ? 4 : 5);
    return value;
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!take(')')) {
      (void)peek();
      std::int64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc() || extent < 0) malformed();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      extents.push_back(extent);
      if (!take(',') && peek() != ')') malformed();
    }
    return extents;
  }

  std::string_view text_;
  const std::string& name_;
};

DType dtype_of_description(const std::string& description, const std::string& name) {
  require(!description.starts_with('>'), name, " holds big-endian numbers (", description,
          "); save it again with .astype('<f4')");
  if (description == "|b1") return DType::u8;
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8})
    if (description == description_of(dtype)) return dtype;
  fail(name, " holds elements of type ", description,
       "; save it again as float32, float64, int32, int64, uint8 or bool");
}

// The header's text and, in `offset`, where the elements begin.
std::string_view header_of(std::string_view file, const std::string& name, std::size_t& offset) {
  require(file.starts_with(kMagic), name, " is not a .npy file");
  require(file.size() >= 10, name, " is cut short");
  const int version = static_cast<unsigned char>(file[6]);
  require(version >= 1 && version <= 3, name, " is a .npy file of version ", version,
          "; versions 1 to 3 are read");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  require(file.size() >= 8 + length_bytes, name, " is cut short");
  std::uint32_t length = 0;
  std::memcpy(&length, file.data() + 8, length_bytes);
  offset = 8 + length_bytes + length;
  require(file.size() >= offset, name, " is cut short");
  return file.substr(8 + length_bytes, length);
}

}  // namespace

Bytes encode_npy(const Tensor& tensor) {
  // A one-element tuple is written with its comma, longer ones without the last.
  std::string shape;
  for (const std::int64_t extent : tensor.shape()) shape += str(shape.empty() ? "" : ", ", extent);
  const std::string header =
      str("{'descr': '", description_of(tensor.dtype()), "', 'fortran_order': False, 'shape': (",
          shape, tensor.rank() == 1 ? "," : "", "), }");
  // Spaces and a newline, so that the elements begin at a multiple of 64 bytes.
  const std::size_t length = (10 + header.size() + 1 + 63) / 64 * 64 - 10;
  const std::string padding(length - header.size() - 1, ' ');
  const std::string start = str(kMagic, '\1', '\0', static_cast<char>(length & 255),
                                static_cast<char>(length >> 8), header, padding, '\n');

  const Tensor elements = tensor.dense();
  Bytes out(start.size() + elements.nbytes());
  std::memcpy(out.data(), start.data(), start.size());
  if (elements.nbytes() > 0)
    std::memcpy(out.data() + start.size(), elements.bytes(), elements.nbytes());
  return out;
}

Tensor decode_npy(std::span<const std::byte> bytes, const std::string& name) {
  std::size_t offset = 0;
  const Header header = HeaderParser(header_of(as_text(bytes), name, offset), name).parse();
  const DType dtype = dtype_of_description(header.description, name);
  require(!header.fortran_order || header.shape.size() < 2, name,
          " holds an array in Fortran order; save it again with numpy.ascontiguousarray");
  std::int64_t numel = 1;
  for (const std::int64_t extent : header.shape)
    require(!__builtin_mul_overflow(numel, extent, &numel), name, " has an impossible shape");
  const Shape shape(header.shape);
  const std::size_t available = bytes.size() - offset;
  require(available % size_of(dtype) == 0 &&
              static_cast<std::uint64_t>(numel) == available / size_of(dtype),
          name, " should hold ", numel, " elements of ", size_of(dtype), " bytes, but has ",
          available, " bytes of them: it is damaged or cut short");
  Tensor out(shape, dtype);
  if (available > 0) std::memcpy(out.mutable_bytes(), bytes.data() + offset, available);
  return out;
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  write_file_atomically(path, encode_npy(tensor));
}

Tensor read_npy(const std::filesystem::path& path) {
  return decode_npy(read_file(path), path.string());
}

}  // namespace backlight
