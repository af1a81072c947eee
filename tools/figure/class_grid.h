// One map a class, as a grid: what speaks for and against each class, in the same colours.
#pragma once

#include <string>
#include <vector>

#include "models/image/image.h"
#include "tensor/tensor.h"

namespace backlight::tools {

// One class's map [H,W] or [H,W,C].
struct ClassPanel {
  Tensor map;
  std::string title;    // "Soup"
  std::string caption;  // "93.1 %, +4.2"
  bool marked = false;  // framed: the class that is explained
};

// The photo, then a panel a class, four in a row: red where the pixels of the grey photo speak for
// the class and blue where they speak against it. All maps have one scale, whose end is the 99.5th
// percentile of the magnitudes of all of them together. Errors: no class, a map that cannot be
// drawn.
Image class_grid(const Image& photo, const std::string& title,
                 const std::vector<ClassPanel>& classes);

}  // namespace backlight::tools
