// Ctrl-C, turned into an exception at the next safe point.
#pragma once

namespace backlight::tools {

// From now on Ctrl-C (and SIGTERM) only sets a flag; a second one ends the program at once.
void catch_interrupts();

// Throws Interrupted if Ctrl-C was pressed.
void check_interrupt();

}  // namespace backlight::tools
