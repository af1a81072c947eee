// What every page of the program has: its head, with the style and the colour scales.
#pragma once

#include <string>

#include "tools/report/markup.h"

namespace backlight::tools {

// <head> of a self-contained page, whose policy is to load nothing, whatever got into it.
Markup page_head(const std::string& title);

}  // namespace backlight::tools
