#include "tools/resume.h"

#include <algorithm>

#include "tensor/file.h"
#include "tensor/npy.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

json read_result(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const json result = json::parse(text, text + bytes.size(), nullptr, false);
  require(result.is_object() && result.value("format", "") == "backlight-explain" &&
              result.contains("options") && result.contains("photos"),
          "--resume: ", file.string(), " is not what explain writes; use another --out");
  return result;
}

void require_same_options(const json& before, const json& now, const std::filesystem::path& file) {
  for (const json* one : {&before, &now})
    for (const auto& [name, value] : one->items()) {
      const std::string then = before.value(name, "not given"), here = now.value(name, "not given");
      require(then == here, "--resume: ", file.string(), " was made with ", name, " ", then,
              ", and this is ", here, "; use another --out, or leave --resume out");
    }
}

MapResult read_back(const std::filesystem::path& folder, const json& entry) {
  MapResult map;
  map.method = entry.at("method");
  map.title = entry.at("title");
  map.level = entry.at("level");
  map.settings = entry.at("settings");
  map.checks = entry.at("checks");
  map.check_text = entry.at("check_text");
  map.details = entry.at("details");
  map.seconds = entry.at("seconds");
  map.reused = true;
  for (const auto& [name, file] : entry.at("files").items()) {
    const std::string path = file.get<std::string>();
    if (name == "npy")
      map.values = read_npy(folder / (map.npy_file = path));
    else if (name == "png")
      (void)read_image(folder / (map.png_file = path));
    else
      map.extra.push_back({name, read_npy(folder / path), path});
  }
  const std::vector<std::string>& verdicts = verdict_names();
  for (const json& check : entry.value("trust", json::array())) {
    const auto number = [&](const char* name) {
      const json& value = check.at(name);
      return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
    };
    const auto verdict = std::find(verdicts.begin(), verdicts.end(), check.at("verdict"));
    map.trust.push_back({check.at("name"), check.at("title"),
                         static_cast<Verdict>(verdict - verdicts.begin()), number("value"),
                         number("yardstick"), check.at("text")});
  }
  const json& table = entry.at("table");
  if (table.is_object())
    map.table = MapTable{table.at("caption"), table.at("columns"), table.at("rows")};
  const json& drawing = entry.at("drawing");
  if (drawing.is_object())
    map.drawing =
        Drawing{read_image(folder / drawing.at("file").get<std::string>()),
                drawing.at("legend").get<std::string>(), drawing.at("is_whole_figure").get<bool>()};
  return map;
}

}  // namespace

FinishedMaps::FinishedMaps(const std::filesystem::path& folder, const json& options)
    : folder_(folder) {
  const std::filesystem::path file = folder / "result.json";
  if (!std::filesystem::exists(file)) return;
  const json result = read_result(file);
  require_same_options(result.at("options"), options, file);
  photos_ = result.at("photos");
}

std::optional<MapResult> FinishedMaps::find(const ExplainedPhoto& photo, const Method& method,
                                            Variant variant) const {
  try {
    for (const json& before : photos_) {
      if (before.at("stem") != photo.stem || before.at("target") != photo.target ||
          before.at("logits").get<std::vector<double>>() != photo.logits)
        continue;
      for (const json& entry : before.at("maps")) {
        if (entry.at("method") != method.name) continue;
        MapResult map = read_back(folder_, entry);
        map.text = method.text_in(variant);
        return map;
      }
    }
  } catch (const json::exception&) {  // an entry of another form: made again
  } catch (const Error&) {            // a file that is gone or cut short: made again
  }
  return std::nullopt;
}

}  // namespace backlight::tools
