// A stretch of a network that sees its input a neighbourhood at a time.
#pragma once

#include <functional>

#include "layers/layer.h"

namespace backlight {

// Layers that may be run on part of a picture. On a part of any height and width that are multiples
// of the stride, and which begins at one, they give what they give on the whole picture, but for
// the outputs near an edge of the part that is not the picture's: those that see beyond it.
struct LocalStage {
  std::function<Var(const Var& x)> run;  // [N,H,W,C] to [N,H/stride,W/stride,O]
  Locality locality;
};

}  // namespace backlight
