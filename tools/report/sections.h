// The parts of the page, in the order they stand on it.
#pragma once

#include <cstddef>
#include <string>

#include "tools/report/markup.h"
#include "tools/report/run.h"

namespace backlight::tools {

// The name of a class; "class 12" where it has none.
std::string class_name(const Run& run, std::int64_t index);

// Title, what was run on what, how many photos were recognised.
Markup header_section(const Run& run);

// How well the maps find the food, beside the baselines; nothing without demo scenes.
Markup score_section(const Run& run);

// How to read a map: what the colours and the checks mean.
Markup guide_section(const Run& run);

// A link to each photo, where there are several.
Markup photo_links(const Run& run);

// How the maps are shown: over the photo, smooth, with outlines.
Markup controls(const Run& run);

// A photo with its prediction and its maps; `number` counts from 1.
Markup photo_section(const Run& run, const ExplainedPhoto& photo, std::size_t number);

// One map: its picture, colour scale, check, score, and what it was made with.
Markup map_card(const Run& run, const ExplainedPhoto& photo, const MapResult& map,
                std::size_t number);

// What --check found out about a map, unfolded or not; nothing without it.
Markup trust_section(const MapResult& map, bool open);

// How to run it again, what it took.
Markup footer_section(const Run& run);

}  // namespace backlight::tools
