// What one call of `homework` found out: everything that its page and homework.json hold.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "tools/homework/course.h"

namespace backlight::tools {

// A number beside the one that was published for the course's own weights and photos.
struct ComparedNumber {
  Text label;
  double computed = 0;
  std::optional<double> published;
};
struct Comparison {
  Text title;
  std::vector<ComparedNumber> rows;
};

// An answer computed from the model and the photos at hand.
struct Answer {
  Text text;
  double number = 0;                                 // what the answer rests on
  std::string shown;                                 // the same as people write it
  Text number_means;                                 // what it is
  nlohmann::json values = nlohmann::json::object();  // all that was measured, by name
  std::optional<Comparison> comparison;
  Image figure;
  Text caption;
  std::vector<std::string> arrays;  // names of the .npy files that it was computed from
  std::string figure_file;          // the figure's name in the folder, and its bytes
  std::string figure_png;
};

struct AnsweredQuestion {
  const CourseQuestion* question = nullptr;
  Answer answer;
};

// A photo of the homework. `number` counts from 1, as the course does.
struct HomeworkPhoto {
  std::size_t number = 0;
  std::string path, stem;
  Image picture;  // at the size the network sees
  std::optional<std::int64_t> label;
  std::int64_t predicted = 0, target = 0;
  double target_logit = 0, probability = 0;  // of the target, of the prediction
};

struct HomeworkRun {
  std::vector<std::string> command;
  std::string version, weights, model, device, device_description, precision;
  std::vector<std::string> class_names;
  std::int64_t lime_samples = 0, smoothgrad_samples = 0, steps = 0;
  std::uint64_t seed = 0;
  std::size_t photos_found = 0;         // in the folder
  std::vector<std::string> unreadable;  // a sentence for each photo that was left out
  std::vector<HomeworkPhoto> photos;
  std::vector<AnsweredQuestion> answered;
  double load_seconds = 0, total_seconds = 0;
};

// homework.json:
//   format "backlight-homework", format_version 1, version, command, model: {name, weights},
//   device, device_description, precision, seed, lime_samples, smoothgrad_samples,
//   visualisation_steps, load_seconds, total_seconds
//   complete    whether all of the questions were answered
//   found, unreadable: [sentence, ...]
//   photos      [{number, path, stem, label, predicted, target, target_logit, probability,
//                 published_logit}]; label is null where the name holds none, published_logit
//                where the course has no photo of that number
//   questions   [{
//     number, topic, question     the last two as {en, zh}
//     answer                      {en, zh}, computed
//     number_of_answer            {value, shown, means: {en, zh}}
//     values                      all that was measured
//     compared                    null, or {title: {en, zh}, rows: [{label: {en, zh}, computed,
//                                 published}]}
//     published                   {en, zh, of: "the course's original weights and photos"}
//     figure                      {file, caption: {en, zh}}
//     arrays                      [file, ...]
//   }]
nlohmann::json to_json(const HomeworkRun& run);

// One self-contained HTML page, in both languages; which of them are shown can be switched without
// a script.
std::string to_html(const HomeworkRun& run);

// What the course published of its n-th photo's logit, n from 1; none beyond the tenth.
std::optional<double> published_logit(std::size_t number);

}  // namespace backlight::tools
