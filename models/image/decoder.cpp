#include "models/image/decoder.h"

#include <zlib.h>

#include <cstdlib>
#include <memory>

#include "tensor/error.h"

namespace backlight {
namespace {

thread_local std::size_t largest_block_allowed = 0;

// stb_image reads tables and planes that a hostile file never filled, so they start as zeros; and
// it grows its buffer for as long as compressed data come, so it is given an end.
void* take_zeroed(std::size_t size) {
  return size <= largest_block_allowed ? std::calloc(1, size) : nullptr;
}

void* take_larger(void* block, std::size_t size) {
  return size <= largest_block_allowed ? std::realloc(block, size) : nullptr;
}

// stb's own compressor makes files a third larger. Beyond level 5, zlib takes several times as long
// for a few percent.
std::uint8_t* deflate_with_zlib(std::uint8_t* data, int size, int* compressed_size) {
  constexpr int kLevel = 5;
  uLongf capacity = compressBound(static_cast<uLong>(size));
  auto* const compressed = static_cast<std::uint8_t*>(std::malloc(capacity));
  if (compressed == nullptr ||
      compress2(compressed, &capacity, data, static_cast<uLong>(size), kLevel) != Z_OK) {
    std::free(compressed);
    return nullptr;
  }
  *compressed_size = static_cast<int>(capacity);
  return compressed;
}

}  // namespace
}  // namespace backlight

#define STBI_MALLOC(size) backlight::take_zeroed(size)
#define STBI_REALLOC(block, size) backlight::take_larger(block, size)
#define STBI_FREE(block) std::free(block)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_ASSERT(condition)  // a hostile file must not end the program
#define STBI_WRITE_NO_STDIO
#define STBIW_ZLIB_COMPRESS(data, size, compressed_size, level) \
  backlight::deflate_with_zlib(data, size, compressed_size)
#define STB_IMAGE_STATIC
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION

// On damaged data stb_image's bit buffer shifts by more than its width and its DC predictor
// overflows. Both wrap to pixels of no meaning and touch no memory, so they are not reported.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("undefined"))), apply_to = function)
#endif
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace backlight {

Image decode_checked(std::string_view bytes, std::size_t largest_block, const std::string& name) {
  largest_block_allowed = largest_block;
  Image image;
  int channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&std::free)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                            static_cast<int>(bytes.size()), &image.width, &image.height, &channels,
                            3),
      &std::free);
  require(pixels != nullptr, name, " cannot be decoded (", stbi_failure_reason(),
          "); copy or download it again, or save it as PNG");
  const auto pixel_count =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  image.rgb.assign(pixels.get(), pixels.get() + 3 * pixel_count);
  return image;
}

std::string encode_rgb_as_png(const std::uint8_t* rgb, int width, int height) {
  std::string png;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data),
                                          static_cast<std::size_t>(size));
  };
  const int written = stbi_write_png_to_func(append, &png, width, height, 3, rgb, 3 * width);
  require(written != 0, "too little memory to write a picture of ", width, " x ", height);
  return png;
}

}  // namespace backlight
