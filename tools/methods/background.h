// Other pictures that a photo is compared with.
#pragma once

#include <string>

#include "tensor/tensor.h"

namespace backlight::tools {

// The pictures [B,S,S,3] and what they are, in words.
struct Background {
  Tensor pictures;
  std::string description;
};

// How many photos of a folder make a background where nobody says.
inline constexpr std::int64_t kBackgroundPhotos = 10;

// The pictures of a folder (.jpg, .jpeg, .png), so many of them and evenly spread over their names,
// resized to fit x. Errors: a folder that cannot be read or has none; a broken picture.
Background read_background(const std::string& folder, std::int64_t count, const Tensor& x);

// So many demo scenes that neither training nor the demo has seen, others for another seed.
// Errors: x is not square.
Background scenes_as_background(std::int64_t count, std::uint64_t seed, const Tensor& x);

}  // namespace backlight::tools
