#include "tools/report/page.h"

#include <cstdio>

#include "tools/figure/colormap.h"
#include "tools/report/assets.h"

namespace backlight::tools {
namespace {

// A colour scale over [lowest, 1] as a CSS gradient, so that the legends show the maps' colours.
std::string gradient(Color (*color)(double), double lowest) {
  constexpr int stops = 17;
  std::string css = "linear-gradient(to right";
  for (int i = 0; i < stops; ++i) {
    const Color c = color(lowest + (1 - lowest) * i / (stops - 1));
    char hex[10];
    std::snprintf(hex, sizeof hex, ",#%02x%02x%02x", c.red, c.green, c.blue);
    css += hex;
  }
  return css + ")";
}

}  // namespace

Markup page_head(const std::string& title) {
  const std::string scales = ":root{--sequential:" + gradient(sequential_color, 0) +
                             ";--diverging:" + gradient(diverging_color, -1) + "}\n";
  return html(
      R"(<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{}</title>
<style>
{}{}</style>
</head>
)",
      title, Markup{scales}, Markup{std::string(page_style())});
}

}  // namespace backlight::tools
