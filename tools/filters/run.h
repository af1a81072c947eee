// What one call of `filters` did: everything that its figures show and filters.json holds.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer.h"
#include "models/image/image.h"
#include "tools/session.h"
#include "xai/feature_visualisation.h"

namespace backlight::tools {

// A picture that a filter answers to most strongly, and how it came about.
struct ShownVisualisation {
  Image picture;  // with the values 0 to 1, or of the notebook the least to the largest, as colours
  std::string from;  // "noise", or the stem of the photo it started from
  double start_sum = 0, sum = 0;
  double seconds = 0;
  std::string npy_file, png_file;  // names inside the output folder
};

// A filter's answer to a photo.
struct PhotoActivation {
  std::size_t photo = 0;  // its place in FilterRun::photos
  Tensor values;          // float32 [P,Q]
  double sum = 0, most = 0;
  std::optional<ShownVisualisation> visualisation;  // that started from the photo
  std::string npy_file, png_file;
};

struct FilterResult {
  std::int64_t filter = 0;
  std::vector<PhotoActivation> photos;
  std::optional<ShownVisualisation> visualisation;  // that started from noise
};

struct LayerResult {
  LayerInfo layer;
  std::int64_t count = 0;  // of its filters
  std::vector<FilterResult> filters;
};

struct FilterRun {
  std::vector<std::string> command;  // the words to type to do it again
  std::string version, weights, model, device, device_description, precision;
  std::string from;  // "noise", "image" or, where nothing was visualised, "nothing"
  VisualisationOptions options;
  std::vector<std::string> class_names;
  std::string last_layer;  // whose units are the classes
  std::vector<NamedPhoto> photos;
  std::vector<LayerResult> layers;
  double load_seconds = 0, total_seconds = 0;
};

// filters.json:
//   format "backlight-filters", format_version 1, version, command, model: {name, weights},
//   device, device_description, precision, load_seconds, total_seconds
//   visualisation  null, or {from, variant, steps, learning_rate, seed} and, for the paper's,
//                  {jitter, rotate, scale, total_variation, l2}
//   photos         [{path, stem, width, height}]
//   layers         [{
//     name, description, filters: how many there are, shape: of a filter's map
//     results      [{
//       filter
//       name           of the class, for a unit of the last layer; otherwise null
//       visualisation  from noise, or null: {from, start_sum, sum, seconds, files: {npy, png}}
//       photos         [{stem, sum, largest, files: {npy, png}, visualisation}]: the last from
//                      the photo, or null; a png is null until its visualisation is there
//     }]
//   }]
nlohmann::json to_json(const FilterRun& run);

// "filter 7", or for a unit of a fully connected layer "unit 7", or for one of the last layer the
// name of its class.
std::string filter_name(const FilterRun& run, const LayerResult& layer, std::int64_t filter);

}  // namespace backlight::tools
