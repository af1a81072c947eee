#include "tools/figure/font.h"

// The assembler copies the file (its path comes from CMake) among the constants of the program.
asm(R"(
  .pushsection .rodata
  .balign 16
backlight_font_begin:
  .incbin ")" BACKLIGHT_FONT R"("
  .popsection
)");

extern "C" const unsigned char backlight_font_begin[];

namespace backlight::tools {

const unsigned char* font_file() { return backlight_font_begin; }

}  // namespace backlight::tools
