// Figures: a photo and what a network looked at in it, side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "tensor/tensor.h"

namespace backlight::tools {

// The photo as the network saw it: title (its class) and caption (the probability).
struct PhotoPanel {
  Image photo;
  std::string title;
  std::string caption;
};

// A picture in place of a heat map, and what its colours mean.
struct Drawing {
  Image image;
  std::string legend;
  bool is_whole_figure = false;  // shows the photo itself and needs no frame around it
};

// A map (see heat_map) or a drawing, with its title (the method) and caption (the target and the
// settings).
struct MapPanel {
  Tensor values;
  std::string title;
  std::string caption;
  std::optional<Drawing> drawing = {};
};

// The photo and the maps on white, up to four panels a row, each drawn at the shape of the first
// map with its longer side 384 pixels (a drawing fits into that). A panel has its title and caption
// over it; a map has its colour bar to the right and, under it, what the colours mean and where
// they end. Text that does not fit is shortened. Errors: no map, an empty photo, a map that cannot
// be drawn.
Image explanation_figure(const PhotoPanel& photo, const std::vector<MapPanel>& maps);

}  // namespace backlight::tools
