// What the picture tests share: their fixtures, made by tests/reference/make_image_fixtures.py.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "models/image/image.h"

namespace backlight {

inline std::string image_fixture(const std::string& name) {
  return std::string(BACKLIGHT_FIXTURES) + "/image/" + name;
}

inline std::string file_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

// zlib's crc32, bit by bit.
template <typename Bytes>
std::uint32_t checksum(const Bytes& bytes) {
  std::uint32_t crc = ~0U;
  for (const auto byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

}  // namespace backlight
