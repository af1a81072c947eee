// The demo model that comes inside the program.
#pragma once

#include <cstddef>
#include <span>

namespace backlight {

// food_cnn.safetensors beside this file, as bytes: a narrow food CNN, trained on the
// demo scenes by the commands in models/README.md.
std::span<const std::byte> demo_weights();

}  // namespace backlight
