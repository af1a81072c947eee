// Looking at filters: what `filters` does once it knows what is wanted.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/filters/run.h"
#include "tools/filters/selection.h"
#include "tools/session.h"

namespace backlight::tools {

// What to do with the filters that were selected.
struct FilterPlan {
  std::vector<LayerSelection> layers;
  std::vector<NamedPhoto> photos;
  std::string from;  // see FilterRun
  VisualisationOptions options;
  std::int64_t batch = 1;
  std::filesystem::path out;
  std::vector<std::string> command;
};

// Fills the folder plan.out, each file as soon as it can be written:
//   STEM.LAYER.FILTER.activation.npy       a filter's activation in a photo, float32 [P,Q]
//   LAYER.FILTER.visualisation.npy, .png   from noise: float32 [H,W,3], and as a picture
//   STEM.LAYER.FILTER.visualisation.npy, .png   from a photo, likewise
//   STEM.LAYER.FILTER.png                  filter_figure
// and last contact.png and filters.json. After Ctrl-C those two tell of what was finished, and
// Interrupted is thrown. Errors: a file that cannot be written; weights that overflow.
FilterRun look_at_filters(Session& session, const FilterPlan& plan);

}  // namespace backlight::tools
