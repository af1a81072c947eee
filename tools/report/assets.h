// The style and the script of the page, which the build puts into the program.
#pragma once

#include <string_view>

namespace backlight::tools {

std::string_view page_style();   // page.css
std::string_view page_script();  // page.js

}  // namespace backlight::tools
