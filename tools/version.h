// The program's version, as CMakeLists.txt has it.
#pragma once

namespace backlight::tools {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace backlight::tools
