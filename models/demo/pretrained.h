// The demo model that comes inside the program.
#pragma once

#include <cstddef>
#include <span>

namespace backlight {

// food_cnn.safetensors beside this file, as bytes: a food CNN an eighth as wide as the course's,
// trained on the demo scenes by the command in models/README.md.
std::span<const std::byte> demo_weights();

}  // namespace backlight
