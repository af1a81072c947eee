#include "tools/report/assets.h"

// The assembler copies the files (their folder comes from CMake) among the constants of the
// program.
asm(R"(
  .pushsection .rodata
backlight_page_style_begin:
  .incbin ")" BACKLIGHT_REPORT R"(/page.css"
backlight_page_style_end:
backlight_page_script_begin:
  .incbin ")" BACKLIGHT_REPORT R"(/page.js"
backlight_page_script_end:
  .popsection
)");

extern "C" const char backlight_page_style_begin[], backlight_page_style_end[],
    backlight_page_script_begin[], backlight_page_script_end[];

namespace backlight::tools {

std::string_view page_style() { return {backlight_page_style_begin, backlight_page_style_end}; }

std::string_view page_script() { return {backlight_page_script_begin, backlight_page_script_end}; }

}  // namespace backlight::tools
