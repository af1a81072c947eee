// Decodes and resizes hostile bytes. Whatever they are, they give a picture or an Error.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "models/image/image.h"
#include "tensor/error.h"

namespace {

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

// Makes the checksums of a PNG's chunks hold, so that mutations get past them.
void repair_png(std::uint8_t* data, std::size_t size) {
  constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
  if (size < 8 || !std::equal(signature.begin(), signature.end(), reinterpret_cast<char*>(data)))
    return;
  for (std::size_t at = 8; size - at >= 12;) {
    const std::size_t length = static_cast<std::size_t>(data[at]) << 24 | data[at + 1] << 16 |
                               data[at + 2] << 8 | data[at + 3];
    if (length > size - at - 12) return;
    const std::uint32_t crc = crc32({reinterpret_cast<char*>(data + at + 4), 4 + length});
    for (std::size_t i = 0; i < 4; ++i)
      data[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    at += 12 + length;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  repair_png(data, mutated);
  return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const backlight::Image image =
        backlight::decode_image({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (image.rgb.size() != std::size_t{3} * image.width * image.height) std::abort();
    const backlight::Image small = backlight::resize_bilinear(image, 16, 16);
    if (!(backlight::decode_image(backlight::encode_png(small), "small") == small)) std::abort();
  } catch (const backlight::Error&) {
  }
  return 0;
}
