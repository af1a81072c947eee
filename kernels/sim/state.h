// The objects that twins keep for a block or a thread.
#pragma once

namespace backlight::sim {

// Destroys them all, at the end of a block.
void drop_state();

}  // namespace backlight::sim
