// The schema of result.json. A number that is not finite is null, text that is not UTF-8 has
// U+FFFD in its place; indices of classes count from 0.
//
//   format         "backlight-explain"
//   format_version 1; grows when a name changes its meaning
//   version        of the program
//   command        [word, ...]: what to type to do it again
//   options        {name: value}: those options that shape the maps
//   model          {name, weights, parameters, classes: [name, ...]}
//   device, device_description, kernels, precision, variant, seed, batch, threads
//   load_seconds, total_seconds, peak_bytes
//   photos         [{
//     path, stem, width, height    as the network sees it
//     label                        the true class, or null
//     predicted, target            classes; the maps explain the target
//     probabilities, logits        [number, ...], one for each class
//     food_share, baselines        demo scenes only, otherwise null: the food's share of the
//                                  pixels, {centre_hit, colourful_hit}
//     maps         [{
//       method, title, shape       of the array in the .npy file
//       level                      what each value holds that says nothing of places, mostly 0
//       settings, checks           objects, the method's own
//       check_text, seconds
//       files                      {npy, png}: names beside this file, or null; and those of the
//                                  method's further arrays, by their names
//       details                    what else the method has to say, or null
//       table                      {caption, columns: [word, ...], rows: [[word, ...], ...]} as the
//                                  report shows it, or null
//       drawing                    {file, legend, is_whole_figure} of a method that draws its own
//                                  picture, or null
//       score                      {pointing_hit, mass_inside}, or null
//       trust                      with --check: [{name, title, verdict: passed|failed|none, value,
//                                  yardstick, text}, ...]; else null
//     }]
//   }]
//   scores         demo scenes only, otherwise null: {food_share, methods: [{method, scenes, hits,
//                  mass_inside}], baselines: {centre, colourful: {scenes, hits}}}
#include <cmath>

#include "tools/report/markup.h"
#include "tools/report/run.h"
#include "tools/report/scores.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

// The same value with null for numbers that JSON does not have, and text as UTF-8.
json valid(const json& value) {
  if (value.is_string()) return clean_utf8(value.get_ref<const std::string&>());
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return nullptr;
  json out = value;
  if (value.is_array())
    for (json& element : out) element = valid(element);
  if (value.is_object()) {
    out = json::object();
    for (const auto& [name, element] : value.items()) out[clean_utf8(name)] = valid(element);
  }
  return out;
}

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json name_or_null(const std::string& name) { return name.empty() ? json(nullptr) : json(name); }

json map_json(const MapResult& map) {
  json drawing, table;
  if (map.table)
    table = {{"caption", map.table->caption},
             {"columns", map.table->columns},
             {"rows", map.table->rows}};
  if (map.drawing)
    drawing = {{"file", map.drawing_file},
               {"legend", map.drawing->legend},
               {"is_whole_figure", map.drawing->is_whole_figure}};
  json score, files = {{"npy", name_or_null(map.npy_file)}, {"png", name_or_null(map.png_file)}};
  for (const ExtraArray& extra : map.extra) files[extra.name] = extra.file;
  if (map.score)
    score = {{"pointing_hit", map.score->pointing_hit}, {"mass_inside", map.score->mass_inside}};
  json trust;
  for (const TrustCheck& check : map.trust)
    trust.push_back({{"name", check.name},
                     {"title", check.title},
                     {"verdict", verdict_names()[static_cast<std::size_t>(check.verdict)]},
                     {"value", or_null(check.value)},
                     {"yardstick", or_null(check.yardstick)},
                     {"text", check.text}});
  return {{"method", map.method},
          {"title", map.title},
          {"shape", map.values.shape().extents()},
          {"level", map.level},
          {"settings", map.settings},
          {"checks", map.checks},
          {"check_text", map.check_text},
          {"seconds", map.seconds},
          {"files", files},
          {"details", map.details},
          {"table", table},
          {"drawing", drawing},
          {"score", score},
          {"trust", trust}};
}

json photo_json(const ExplainedPhoto& photo) {
  json maps = json::array(), share, baselines;
  for (const MapResult& map : photo.maps) maps.push_back(map_json(map));
  if (!photo.mask.empty()) {
    share = food_share(photo.mask);
    baselines = {{"centre_hit", or_null(photo.centre_hit)},
                 {"colourful_hit", or_null(photo.colourful_hit)}};
  }
  return {{"path", photo.path},
          {"stem", photo.stem},
          {"width", photo.photo.width},
          {"height", photo.photo.height},
          {"label", or_null(photo.label)},
          {"predicted", photo.predicted},
          {"target", photo.target},
          {"probabilities", photo.probabilities},
          {"logits", photo.logits},
          {"food_share", share},
          {"baselines", baselines},
          {"maps", maps}};
}

json baseline_json(const BaselineScore& score) {
  return {{"scenes", score.scenes}, {"hits", score.hits}};
}

json scores_json(const Run& run) {
  const Scores scores = summarise(run);
  if (scores.methods.empty()) return nullptr;
  json methods = json::array();
  for (const MethodScore& each : scores.methods)
    methods.push_back({{"method", each.method},
                       {"scenes", each.scenes},
                       {"hits", each.hits},
                       {"mass_inside", each.mass_inside}});
  return {
      {"food_share", scores.food_share},
      {"methods", methods},
      {"baselines",
       {{"centre", baseline_json(scores.centre)}, {"colourful", baseline_json(scores.colourful)}}}};
}

}  // namespace

const std::vector<std::string>& verdict_names() {
  static const std::vector<std::string> names{"passed", "failed", "none"};
  return names;
}

json to_json(const Run& run) {
  json photos = json::array();
  for (const ExplainedPhoto& photo : run.photos) photos.push_back(photo_json(photo));
  const json model = {{"name", run.model},
                      {"weights", run.weights},
                      {"parameters", run.parameters},
                      {"classes", run.class_names}};
  return valid({{"format", "backlight-explain"},
                {"format_version", 1},
                {"version", run.version},
                {"command", run.command},
                {"options", run.options},
                {"model", model},
                {"device", run.device},
                {"device_description", run.device_description},
                {"kernels", run.kernels},
                {"precision", run.precision},
                {"variant", run.variant},
                {"seed", run.seed},
                {"batch", run.batch},
                {"threads", run.threads},
                {"load_seconds", run.load_seconds},
                {"total_seconds", run.total_seconds},
                {"peak_bytes", run.peak_bytes},
                {"photos", photos},
                {"scores", scores_json(run)}});
}

}  // namespace backlight::tools
