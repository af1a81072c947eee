// What `evaluate` found out: how often the network is right, and examples of where it is wrong.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "xai/metrics/confusion.h"

namespace backlight::tools {

struct EvaluatedPhoto {
  std::string path;
  std::int64_t label = 0, predicted = 0;
  double probability = 0;  // of the prediction
};

// A photo of a confused pair, with its maps for both classes beside it.
struct ConfusedExample {
  EvaluatedPhoto photo;
  Image figure;
  std::string file;  // the figure's name in the folder
};

struct ConfusedPair {
  Confused classes;
  std::vector<ConfusedExample> examples;
};

struct Evaluation {
  std::vector<std::string> command;
  std::string weights, model, device, method;
  std::vector<std::string> class_names;
  Confusion confusion{0};
  std::vector<EvaluatedPhoto> photos;
  std::vector<std::string> unreadable;  // a sentence for each photo that was left out
  std::int64_t found = 0;               // photos in the folder; fewer were read if interrupted
  std::vector<ConfusedPair> pairs;
  Image figure;  // the confusion matrix
  double seconds = 0;
};

// evaluation.json:
//   format "backlight-evaluation", format_version 1, command, weights, model, device, seconds
//   found, evaluated, unreadable: [sentence, ...]
//   accuracy
//   classes    [{name, photos, precision, recall, f1}]; null where there is nothing to divide by
//   confusion  [[count, ...], ...]: a row for each true class
//   normalised the same over the true class; a row of nulls for a class without photos
//   confused   [{label, predicted, count, share, examples: [{path, figure}]}]
//   photos     [{path, label, predicted, probability}]
nlohmann::json to_json(const Evaluation& evaluation);

// The counts with the names of the classes: a header line, then a line for each true class.
std::string to_csv(const Evaluation& evaluation);

// One self-contained HTML page.
std::string to_html(const Evaluation& evaluation);

}  // namespace backlight::tools
