// From numbers to colours that people with any colour vision tell apart.
#pragma once

#include "tools/figure/canvas.h"

namespace backlight::tools {

// For values in [0, 1]: black, purple, red, orange, pale yellow, ever lighter. Values outside are
// clamped. Source: "inferno" by N. Smith and S. van der Walt (matplotlib 1.5, CC0), at 17 of its
// 256 colours, linear between them.
Color sequential_color(double value);

// For values in [-1, 1]: blue below 0, white at 0, red above, clamped. In OKLCh (B. Ottosson, "A
// perceptual color space for image processing", 2020) a value v is
//   L = 1 - 0.62 |v|,  C = 0.3 |v| (1 - 0.6 v^2),  h = 27 degrees above 0, 255 below,
// so that equal steps look equal, v and -v are equally dark, and every colour exists in sRGB.
Color diverging_color(double value);

}  // namespace backlight::tools
