// What one call of `explain` did: everything the report shows and result.json holds.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "tools/figure/figure.h"

namespace backlight::tools {

// How well a map finds the food, where the ground truth is known (the demo scenes).
struct MaskScore {
  bool pointing_hit = false;  // the pixel of the largest magnitude lies on the food
  double mass_inside = 0;     // share of the map's magnitude that lies on the food
};

// Who wrote a method down first.
struct Paper {
  const char* authors;
  const char* title;
  int year;
  const char* url;
};

// What a method's map means.
struct MethodText {
  const char* what;   // one sentence
  const char* above;  // what a value above zero says of the class's score
  const char* below;  // and one below
  Paper paper;
};

// What a method found besides its map, for STEM.METHOD.NAME.npy.
struct ExtraArray {
  std::string name;
  Tensor values;
  std::string file = {};  // its name inside the output folder
};

// What a method has to tell in rows and columns, for the report.
struct MapTable {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns
};

// What a check says of a map; `none` where it has nothing to say of that method.
enum class Verdict : std::uint8_t { passed, failed, none };
const std::vector<std::string>& verdict_names();

// A question put to a map by --check (tools/trust.h).
struct TrustCheck {
  std::string name, title;  // "deletion", "Deletion"
  Verdict verdict = Verdict::none;
  std::optional<double> value, yardstick;  // what came out, and what it is held against
  std::string text;                        // the same in words
};

// One method's map of one photo.
struct MapResult {
  std::string method;       // "integrated-gradients"
  std::string title;        // "Integrated Gradients"
  Tensor values;            // float32 [H,W,3] or [H,W], as written to the .npy
  double level = 0;         // what each value holds that says nothing of places: RISE's mean score
  nlohmann::json settings;  // what was used: steps, samples, noise, quadrature, ...
  // The method's own check: completeness delta, standard error, ...; "ok": true or false where the
  // method itself can say whether that is as it should be.
  nlohmann::json checks;
  std::string check_text;  // the same in a few words, for people
  std::optional<MethodText> text;
  std::vector<ExtraArray> extra;
  nlohmann::json details;  // what else result.json should know, or null
  std::optional<MapTable> table;
  // Shown in place of the heat map by a method that draws its own.
  std::optional<Drawing> drawing;
  std::string drawing_file;
  std::vector<MapPanel> beside;  // drawn before it in the figure: what it compares
  double seconds = 0;
  bool reused = false;             // made by an earlier run that this one goes on with
  std::string npy_file, png_file;  // names inside the output folder
  std::optional<MaskScore> score;
  std::vector<TrustCheck> trust;  // of --check

  // The map as it is shown over a photo of this size, and judged: less its level, and enlarged
  // bilinearly where it is coarser.
  Tensor at_size_of(const Image& photo) const;
};

struct ExplainedPhoto {
  std::string path, stem;
  Image photo;  // at the size the network sees
  std::optional<std::int64_t> label;
  std::int64_t predicted = 0, target = 0;
  std::vector<double> probabilities, logits;
  std::vector<MapResult> maps;
  // Demo scenes: where the food is (1) in row-major order, and how the two baselines score there.
  std::vector<std::uint8_t> mask;
  std::optional<bool> centre_hit, colourful_hit;
};

struct Run {
  std::vector<std::string> command;                   // the words to type to do it again
  nlohmann::json options = nlohmann::json::object();  // those that shape the maps, by name
  std::string version, weights, model, device, precision, variant;
  // What the device is ("NVIDIA H200, ..."), and whose kernels computed: "ours" or "vendor".
  std::string device_description, kernels;
  std::int64_t parameters = 0;
  std::uint64_t seed = 0;
  std::int64_t batch = 0;
  int threads = 0;
  std::vector<std::string> class_names;
  double load_seconds = 0, total_seconds = 0;
  std::uint64_t peak_bytes = 0;
  std::vector<ExplainedPhoto> photos;
};

// The whole run as JSON: what was asked, what came out, timings and checks; maps by file name.
nlohmann::json to_json(const Run& run);

// One self-contained HTML page: opens from disk, needs no network, reads well on a phone.
std::string to_html(const Run& run);

}  // namespace backlight::tools
