#include "tools/filters/run.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

json name_or_null(const std::string& name) { return name.empty() ? json(nullptr) : json(name); }

json files_json(const std::string& npy, const std::string& png) {
  return {{"npy", name_or_null(npy)}, {"png", name_or_null(png)}};
}

json visualisation_json(const std::optional<ShownVisualisation>& shown) {
  if (!shown) return nullptr;
  return {{"from", shown->from},
          {"start_sum", shown->start_sum},
          {"sum", shown->sum},
          {"seconds", shown->seconds},
          {"files", files_json(shown->npy_file, shown->png_file)}};
}

json photo_json(const FilterRun& run, const PhotoActivation& activation) {
  return {{"stem", run.photos[activation.photo].stem},
          {"sum", activation.sum},
          {"largest", activation.most},
          {"files", files_json(activation.npy_file, activation.png_file)},
          {"visualisation", visualisation_json(activation.visualisation)}};
}

bool is_last(const FilterRun& run, const LayerResult& layer) {
  return layer.layer.name == run.last_layer;
}

json layer_json(const FilterRun& run, const LayerResult& layer) {
  json results = json::array();
  for (const FilterResult& result : layer.filters) {
    json photos = json::array();
    for (const PhotoActivation& activation : result.photos)
      photos.push_back(photo_json(run, activation));
    const json name =
        is_last(run, layer) ? json(filter_name(run, layer, result.filter)) : json(nullptr);
    results.push_back({{"filter", result.filter},
                       {"name", name},
                       {"visualisation", visualisation_json(result.visualisation)},
                       {"photos", photos}});
  }
  const Shape& output = layer.layer.output;
  const bool has_map = output.rank() == 4;
  return {{"name", layer.layer.name},
          {"description", layer.layer.description},
          {"filters", layer.count},
          {"shape", {has_map ? output[1] : 1, has_map ? output[2] : 1}},
          {"results", results}};
}

json settings_json(const FilterRun& run) {
  if (run.from == "nothing") return nullptr;
  const VisualisationOptions& options = run.options;
  json settings{{"from", run.from},
                {"variant", variant_names()[static_cast<std::size_t>(options.variant)]},
                {"steps", options.steps},
                {"learning_rate", options.learning_rate},
                {"seed", options.seed}};
  if (options.variant == Variant::paper)
    settings.update({{"jitter", options.spread.jitter},
                     {"rotate", options.spread.rotate},
                     {"scale", options.spread.scale},
                     {"total_variation", options.total_variation},
                     {"l2", options.l2}});
  return settings;
}

}  // namespace

std::string filter_name(const FilterRun& run, const LayerResult& layer, std::int64_t filter) {
  if (is_last(run, layer)) return run.class_names[static_cast<std::size_t>(filter)];
  return str(layer.layer.name.starts_with("fc.") ? "unit " : "filter ", filter);
}

json to_json(const FilterRun& run) {
  json photos = json::array(), layers = json::array();
  for (const NamedPhoto& photo : run.photos)
    photos.push_back({{"path", photo.path},
                      {"stem", photo.stem},
                      {"width", photo.photo.width},
                      {"height", photo.photo.height}});
  for (const LayerResult& layer : run.layers) layers.push_back(layer_json(run, layer));
  return {{"format", "backlight-filters"},
          {"format_version", 1},
          {"version", run.version},
          {"command", run.command},
          {"model", {{"name", run.model}, {"weights", run.weights}}},
          {"device", run.device},
          {"device_description", run.device_description},
          {"precision", run.precision},
          {"load_seconds", run.load_seconds},
          {"total_seconds", run.total_seconds},
          {"visualisation", settings_json(run)},
          {"photos", photos},
          {"layers", layers}};
}

}  // namespace backlight::tools
