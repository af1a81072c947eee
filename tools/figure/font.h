// The font file that the build put into the program.
#pragma once

namespace backlight::tools {

// The bytes of DejaVuSans.ttf.
const unsigned char* font_file();

}  // namespace backlight::tools
