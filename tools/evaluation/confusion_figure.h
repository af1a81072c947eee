// The confusion matrix as a picture.
#pragma once

#include <string>
#include <vector>

#include "models/image/image.h"
#include "xai/metrics/confusion.h"

namespace backlight::tools {

// A row for each true class, a column for each prediction; a cell holds the share of the row's
// photos in percent and is the bluer the larger it is. Rows end with their number of photos,
// columns with their precision. A class without photos has an empty row.
Image confusion_figure(const Confusion& confusion, const std::vector<std::string>& class_names);

}  // namespace backlight::tools
