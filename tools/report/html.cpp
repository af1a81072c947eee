#include <cstdio>

#include "tools/figure/colormap.h"
#include "tools/report/assets.h"
#include "tools/report/sections.h"

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

Markup head(const Run& run) {
  const std::string scales = ":root{--sequential:" + gradient(sequential_color, 0) +
                             ";--diverging:" + gradient(diverging_color, -1) + "}\n";
  // The policy: the page loads nothing, whatever got into it.
  return html(
      R"(<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Backlight: {} explained</title>
<style>
{}{}</style>
</head>
)",
      plural(run.photos.size(), "photo"), Markup{scales}, Markup{std::string(page_style())});
}

// The ring that marks a place, for all maps.
constexpr const char* symbols =
    R"(<svg class="symbols" width="0" height="0" aria-hidden="true"><defs>
<circle id="ring" r="4.5" vector-effect="non-scaling-stroke"/></defs></svg>
)";

}  // namespace

std::string class_name(const Run& run, std::int64_t index) {
  const bool known = index >= 0 && static_cast<std::size_t>(index) < run.class_names.size();
  return known ? run.class_names[static_cast<std::size_t>(index)] : str("class ", index);
}

std::string to_html(const Run& run) {
  Markup page{"<!DOCTYPE html>\n<html lang=\"en\">\n"};
  page += head(run);
  page += Markup{"<body>\n<a class=\"skip\" href=\"#photos\">Skip to the photos</a>\n"};
  page += Markup{symbols};
  page += header_section(run);
  page += Markup{"<main>\n"};
  page += score_section(run);
  page += guide_section(run);
  page += photo_links(run);
  page += controls(run);
  page += Markup{"<div id=\"photos\">\n"};
  std::size_t number = 0;
  for (const ExplainedPhoto& photo : run.photos) page += photo_section(run, photo, ++number);
  if (run.photos.empty()) page += Markup{"<p>No photo was explained.</p>\n"};
  page += Markup{"</div>\n</main>\n"};
  page += footer_section(run);
  page += Markup{"<script>\n" + std::string(page_script()) + "</script>\n</body>\n</html>\n"};
  return std::move(page.text);
}

}  // namespace backlight::tools
