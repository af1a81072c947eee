#include "tools/report/assets.h"
#include "tools/report/page.h"
#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

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
  page += page_head("Backlight: " + plural(run.photos.size(), "photo") + " explained");
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
