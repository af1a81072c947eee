#include "tools/explanation.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "kernels/device.h"
#include "kernels/parallel.h"
#include "kernels/precision.h"
#include "tensor/file.h"
#include "tensor/npy.h"
#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/console/suggest.h"
#include "tools/figure/figure.h"
#include "tools/labels.h"
#include "tools/methods.h"
#include "tools/version.h"
#include "xai/pointing_game.h"

namespace backlight::tools {
namespace {

void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error && std::filesystem::is_directory(folder), "cannot make the folder ",
          folder.string(), error ? ": " + error.message() : "", "; choose another with --out");
  require(access(folder.c_str(), W_OK | X_OK) == 0, "cannot write into the folder ",
          folder.string(), "; choose another with --out");
}

// What --target means before the photos are known: how to find the class of one.
class TargetRule {
 public:
  TargetRule(const ExplainOptions& options, const Session& session)
      : rule_(options.target), classes_(session.class_names) {
    if (rule_.empty()) rule_ = options.variant == Variant::notebook ? "label-if-any" : "predicted";
    if (rule_ == "predicted" || rule_ == "label" || rule_ == "label-if-any") return;
    fixed_ = class_of(rule_);
  }

  std::int64_t target(const ExplainedPhoto& photo) const {
    if (fixed_) return *fixed_;
    if (rule_ == "predicted") return photo.predicted;
    if (photo.label) return *photo.label;
    require(rule_ != "label", "the name of ", photo.path,
            " holds no label (it would be <class>_<number>.jpg); use --target predicted");
    return photo.predicted;
  }

 private:
  // A class by its index or name; case does not count.
  std::int64_t class_of(const std::string& given) const {
    const auto count = static_cast<std::int64_t>(classes_.size());
    if (given.find_first_not_of("0123456789") == std::string::npos && given.size() < 10) {
      const std::int64_t index = std::stoll(given);
      require(index < count, "there is no class ", index, "; the model has 0 to ", count - 1);
      return index;
    }
    const auto same = [&](const std::string& name) {
      return std::equal(name.begin(), name.end(), given.begin(), given.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
      });
    };
    const auto found = std::find_if(classes_.begin(), classes_.end(), same);
    if (found != classes_.end()) return found - classes_.begin();
    std::vector<std::string> names = classes_;
    names.insert(names.end(), {"predicted", "label"});
    const std::string hint = did_you_mean(given, names);
    fail("--target: there is no class '", given, "'", hint.empty() ? "; there are " : hint,
         hint.empty() ? listed(names) : "");
  }

  std::string rule_;
  const std::vector<std::string>& classes_;
  std::optional<std::int64_t> fixed_;
};

// "93.1 %"
std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

ExplainedPhoto predict_photo(Session& session, const PhotoToExplain& photo, const Tensor& x,
                             const TargetRule& rule) {
  const Prediction prediction = predict(session, x).front();
  ExplainedPhoto explained;
  explained.path = photo.path;
  explained.stem = photo.stem;
  explained.photo = photo.photo;
  explained.predicted = prediction.predicted;
  explained.probabilities = prediction.probabilities;
  explained.logits = prediction.logits;
  explained.label = label_of(photo.path);
  const auto classes = static_cast<std::int64_t>(session.class_names.size());
  if (explained.label && *explained.label >= classes) explained.label.reset();
  explained.target = rule.target(explained);
  explained.mask = photo.mask;
  if (!photo.mask.empty()) {
    const Tensor picture = x.reshape({x.dim(1), x.dim(2), x.dim(3)});
    explained.centre_hit = centre_hit(picture, photo.mask);
    explained.colourful_hit = colourful_hit(picture, photo.mask);
  }
  return explained;
}

// The values, then the figure: both whole, before the map counts as done.
void write_map(const std::filesystem::path& folder, const ExplainedPhoto& photo, MapResult& map,
               const Session& session) {
  map.npy_file = photo.stem + "." + map.method + ".npy";
  map.png_file = photo.stem + "." + map.method + ".png";
  write_npy(folder / map.npy_file, map.values);
  for (ExtraArray& extra : map.extra) {
    extra.file = photo.stem + "." + map.method + "." + extra.name + ".npy";
    write_npy(folder / extra.file, extra.values);
  }
  const auto name = [&](std::int64_t c) {
    return session.class_names[static_cast<std::size_t>(c)];
  };
  const double share = photo.probabilities[static_cast<std::size_t>(photo.predicted)];
  const PhotoPanel left{photo.photo, name(photo.predicted), "predicted, " + percent(share)};
  const MapPanel right{map.values, map.title, "for " + name(photo.target), map.drawing};
  write_file_atomically(folder / map.png_file, encode_png(explanation_figure(left, {right})));
}

void write_run(const std::filesystem::path& folder, Run& run, Device device, double start) {
  run.total_seconds = now() - start;
  run.peak_bytes = memory_use(device).peak;
  const auto replace = nlohmann::json::error_handler_t::replace;
  write_file_atomically(folder / "result.json", to_json(run).dump(1, ' ', false, replace) + "\n");
  write_file_atomically(folder / "report.html", to_html(run));
}

Run describe(Session& session, const ExplainOptions& options, std::vector<std::string> command) {
  Run run;
  run.command = std::move(command);
  run.version = kVersion;
  run.weights = session.weights;
  run.model = session.model.config().name();
  run.device = name_of(session.device);
  run.device_description = kernels::description_of(session.device);
  run.kernels = options.session.kernels;
  const kernels::Precision precision = kernels::precision();
  run.precision = precision == kernels::Precision::fp32
                      ? "float32"
                      : kernels::precision_names()[static_cast<std::size_t>(precision)];
  run.variant = variant_names()[static_cast<std::size_t>(options.variant)];
  for (const NamedTensor& named : session.model.named_tensors())
    if (named.trainable) run.parameters += named.tensor->numel();
  run.seed = options.seed;
  run.batch = choose_batch(session, options.batch);
  run.threads = kernels::thread_count();
  run.class_names = session.class_names;
  run.load_seconds = session.load_seconds;
  return run;
}

// The maps of one photo, each written before the next is begun.
void explain_photo(Session& session, const Tensor& x, const std::vector<const Method*>& chosen,
                   const ExplainOptions& options, const Work& work, ExplainedPhoto& photo,
                   Progress& progress) {
  const Model model = [&](const Var& input) { return session(input); };
  for (const Method* method : chosen) {
    check_interrupt();
    progress.set_label(photo.stem + " " + method->name);
    const double begin = now();
    MapResult map = method->run({model, x, photo.target, options, work, session.class_names,
                                 session.model.last_features()});
    map.seconds = now() - begin;
    map.method = method->name;
    map.title = method->title;
    map.text = method->text_in(options.variant);
    require(all_finite(map.values), "the ", method->title, " map of ", photo.path,
            " is not finite; the weights overflow on this photo");
    if (!photo.mask.empty()) {
      const PointingScore score = pointing_game(map.values, photo.mask);
      map.score = MaskScore{score.hit, score.inside};
    }
    write_map(options.out, photo, map, session);
    photo.maps.push_back(std::move(map));
  }
}

}  // namespace

Run explain_photos(Session& session, const std::vector<PhotoToExplain>& photos,
                   const ExplainOptions& options, std::vector<std::string> command) {
  const double start = now();
  const std::vector<const Method*> chosen = choose_methods(options.methods);
  const TargetRule rule(options, session);
  prepare_folder(options.out);
  Run run = describe(session, options, std::move(command));
  const std::int64_t total =
      static_cast<std::int64_t>(photos.size()) * static_cast<std::int64_t>(chosen.size());
  Progress progress("explaining");
  try {
    for (const PhotoToExplain& photo : photos) {
      const Tensor x = image_to_tensor(photo.photo);
      run.photos.push_back(predict_photo(session, photo, x, rule));
      ExplainedPhoto& explained = run.photos.back();
      const auto before = static_cast<std::int64_t>(run.photos.size() - 1) *
                          static_cast<std::int64_t>(chosen.size());
      // Progress counts passes in thousandths of a map, since maps take very different times.
      const Work work{run.batch, [&](std::int64_t done, std::int64_t of) {
                        const auto maps = before + static_cast<std::int64_t>(explained.maps.size());
                        progress.update(maps * 1000 + 1000 * done / of, total * 1000);
                      }};
      explain_photo(session, x.to(session.device), chosen, options, work, explained, progress);
    }
  } catch (const Error&) {
    const bool anything = std::any_of(run.photos.begin(), run.photos.end(),
                                      [](const ExplainedPhoto& p) { return !p.maps.empty(); });
    if (anything) write_run(options.out, run, session.device, start);
    throw;
  }
  write_run(options.out, run, session.device, start);
  return run;
}

}  // namespace backlight::tools
