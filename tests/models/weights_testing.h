// Weight files written by hand, for the tests of their readers.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/weights/load.h"
#include "tensor/file.h"

namespace backlight::testing {

inline std::string fixture(const std::string& name) {
  return std::string(BACKLIGHT_FIXTURES) + "/weights/" + name;
}

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

template <typename T>
std::string little_endian(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

inline std::uint32_t crc32(const std::string& bytes) {
  static const std::vector<std::uint32_t> table = [] {
    std::vector<std::uint32_t> out(256);
    for (std::uint32_t i = 0; i < 256; ++i) {
      out[i] = i;
      for (int bit = 0; bit < 8; ++bit) out[i] = out[i] >> 1 ^ (out[i] & 1 ? 0xedb88320 : 0);
    }
    return out;
  }();
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

// An entry of a zip archive. `method` is 0 (stored) or 8 (deflated; `data` is then a deflate
// stream). `size` and `crc` are of what it unpacks to.
struct ZipEntry {
  std::string name;
  std::string data;
  std::uint16_t method = 0;
  std::uint32_t size = 0;
  std::uint32_t crc = 0;
  std::uint16_t flags = 0;
};

inline ZipEntry stored(std::string name, std::string data) {
  const auto size = static_cast<std::uint32_t>(data.size());
  const std::uint32_t crc = crc32(data);
  return {std::move(name), std::move(data), 0, size, crc, 0};
}

inline std::string zip(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  for (const ZipEntry& entry : entries) {
    const std::string common =
        little_endian<std::uint16_t>(20) + little_endian(entry.flags) +
        little_endian(entry.method) + little_endian<std::uint32_t>(0x21 << 16) +  // 1980-01-01
        little_endian(entry.crc) + little_endian(static_cast<std::uint32_t>(entry.data.size())) +
        little_endian(entry.size) + little_endian(static_cast<std::uint16_t>(entry.name.size())) +
        little_endian<std::uint16_t>(0);
    directory += "PK\1\2" + little_endian<std::uint16_t>(20) + common + std::string(10, '\0') +
                 little_endian(static_cast<std::uint32_t>(out.size())) + entry.name;
    out += "PK\3\4" + common + entry.name + entry.data;
  }
  const auto count = static_cast<std::uint16_t>(entries.size());
  return out + directory + "PK\5\6" + std::string(4, '\0') + little_endian(count) +
         little_endian(count) + little_endian(static_cast<std::uint32_t>(directory.size())) +
         little_endian(static_cast<std::uint32_t>(out.size())) + std::string(2, '\0');
}

// Pickle opcodes. Each function gives the code that pushes what it is named after.
namespace code {

inline std::string text(const std::string& value) {
  return str("X", little_endian(static_cast<std::uint32_t>(value.size())), value);
}
inline std::string integer(std::int64_t value) { return str("\x8a\x08", little_endian(value)); }
inline std::string global(const std::string& module, const std::string& name) {
  return str("c", module, "\n", name, "\n");
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
  std::vector<std::string> items;
  for (const std::int64_t value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += text(key) + value;
  return out + "u";
}
inline std::string pickle(const std::string& value) { return str("\x80\x02", value, "."); }

struct TensorCode {
  std::string key = "0";
  std::int64_t numel = 4;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape = {4};
  std::vector<std::int64_t> strides = {1};
  std::string storage = "FloatStorage";
};
inline std::string tensor(const TensorCode& t) {
  const std::string reference = tuple(
      {text("storage"), global("torch", t.storage), text(t.key), text("cpu"), integer(t.numel)});
  const std::string hooks = global("collections", "OrderedDict") + ")R";
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({reference + "Q", integer(t.offset), integers(t.shape), integers(t.strides), "\x89",
                hooks}) +
         "R";
}

}  // namespace code

// The bytes of four floats: 0.5, 1.5, 2.5, 3.5.
inline std::string four_floats() {
  return little_endian(0.5f) + little_endian(1.5f) + little_endian(2.5f) + little_endian(3.5f);
}

// A file of torch.save with this pickle and one storage, "0".
inline std::string torch_zip(const std::string& pickle, const std::string& data = four_floats()) {
  return zip({stored("archive/data.pkl", pickle), stored("archive/byteorder", "little"),
              stored("archive/data/0", data)});
}

inline WeightFile read(const std::string& bytes) {
  return read_weights(bytes_of(bytes), "bad.pth");
}

// The message of the Error that an action throws; empty when it throws none.
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
inline std::string error_of_reading(const std::string& bytes) {
  return error_of([&] { (void)read(bytes); });
}

}  // namespace backlight::testing
