// Explaining photos: what `explain` and `demo` do once they know what is wanted.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/report/run.h"
#include "tools/session.h"
#include "xai/lime.h"
#include "xai/model.h"
#include "xai/quadrature.h"

namespace backlight::tools {

// How a photo is cut for the methods that look at segments. The numbers are SLIC's; quickshift
// takes the lime package's.
enum class Segmentation : std::uint8_t { slic, quickshift };
const std::vector<std::string>& segmentation_names();

struct SegmentOptions {
  Segmentation by = Segmentation::slic;
  std::int64_t segments = 200;
  double compactness = 1, sigma = 1;
};

struct ExplainOptions {
  SessionOptions session;
  std::vector<std::string> methods;  // empty: those that run by default
  std::string target = "";           // "": the predicted class, or the label for the notebook
  Variant variant = Variant::paper;
  std::optional<Of> of;  // what is explained of the target; not given: the method's own
  Quadrature quadrature = Quadrature::gauss_legendre;
  std::optional<std::int64_t> steps, samples;      // not given: the variant's own
  std::map<std::string, std::int64_t> samples_of;  // of single methods, by name
  std::optional<double> noise;
  std::uint64_t seed = 0;
  std::string baseline = "black";        // or white, mean, or a picture's path
  std::int64_t window = 16, stride = 8;  // of occlusion, in pixels
  SegmentOptions segmentation;
  Fill fill = Fill::mean;       // of LIME's hidden segments
  std::string background = "";  // a folder of photos for DeepSHAP and GradientSHAP; "": none
  std::string layer = "";       // Grad-CAM's; "": the last convolution's output
  std::string composite = "epsilon-plus";  // of LRP's rules
  std::int64_t batch = 0;                  // 0: chosen to fit memory
  std::filesystem::path out = "explained";
  std::vector<std::string> compare;  // two methods or two variants, or none
  std::optional<double> tolerance;   // relative standard error that sampled methods aim for
  std::int64_t memory = 0;           // bytes to work in; 0: what is free
  bool check = false;                // whether to judge the maps (tools/trust.h)
  bool resume = false;               // reuse the maps that are there already
  nlohmann::json shaping = nlohmann::json::object();  // the options that shape the maps, by name
};

// A photo to explain, at the size the network sees. `mask` marks the food where it is known.
struct PhotoToExplain {
  std::string path, stem;
  Image photo;
  std::vector<std::uint8_t> mask = {};
};

// The names --method takes, in the order of the report.
std::vector<std::string> method_names();

// Explains each photo by each method and fills the folder options.out: STEM.METHOD.npy and .png
// (and STEM.METHOD.NAME.npy of a method with more to say),
// result.json and report.html. After Ctrl-C, result.json and report.html tell of what was finished,
// and Interrupted is thrown. Errors: an unknown method or target, a baseline that cannot be read,
// a folder that cannot be written - all before any work is done.
Run explain_photos(Session& session, const std::vector<PhotoToExplain>& photos,
                   const ExplainOptions& options, std::vector<std::string> command);

}  // namespace backlight::tools
