// The one door to stb_image and stb_image_write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/image/image.h"

namespace backlight {

// Decodes a PNG or JPEG whose container has been checked (inspect.h), as RGB. Memory that the
// decoder takes starts as zeros, and no single block of it is larger than `largest_block` bytes.
// Errors: damaged contents, no memory left.
Image decode_checked(std::string_view bytes, std::size_t largest_block, const std::string& name);

// The PNG file of width x height RGB bytes; empty when there is no memory left.
std::string encode_rgb_as_png(const std::uint8_t* rgb, int width, int height);

}  // namespace backlight
