// The parts of the profile's page, in the order they stand on it.
#pragma once

#include <string>

#include "tools/profile/banks.h"
#include "tools/profile/summary.h"
#include "tools/report/markup.h"

namespace backlight::tools {

// Each kernel's speed over its arithmetic intensity, beneath the device's roof; nothing without
// ceilings.
Markup roofline_section(const ProfileRun& run);

// A bar for each layer and pass, as long as its time.
Markup time_section(const ProfileRun& run);

// Simulator: what each kernel did, with its source lines and its worst request to shared memory.
Markup kernel_sections(const ProfileRun& run);

// What banks are, and the two ways out of a conflict.
Markup bank_lesson();

// Numbers of every layer, pass and kernel.
Markup numbers_section(const ProfileRun& run);

// The kernel's source lines with counts, from the sources the program was built from; where those
// are gone, the places alone.
Markup listing(const ProfileRun& run, const std::string& kernel);

// The rows and banks of shared memory that a request's busiest lanes reach, with a caption that
// says how many passes they take.
Markup bank_figure(const SharedRequest& request, const std::string& title);

std::string_view profile_style();  // page.css

}  // namespace backlight::tools
