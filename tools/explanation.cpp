#include "tools/explanation.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>

#include "kernels/device.h"
#include "kernels/parallel.h"
#include "kernels/precision.h"
#include "tensor/file.h"
#include "tensor/npy.h"
#include "tools/comparison.h"
#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/console/suggest.h"
#include "tools/figure/figure.h"
#include "tools/labels.h"
#include "tools/methods.h"
#include "tools/output.h"
#include "tools/plan.h"
#include "tools/resume.h"
#include "tools/trust.h"
#include "tools/version.h"
#include "xai/food_cnn_model.h"
#include "xai/pointing_game.h"

namespace backlight::tools {
namespace {

// So often at most result.json is written while there is more to come: what --resume goes on from
// when the program was killed.
constexpr double kSecondsBetweenResults = 10;

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
  const bool is_drawn = map.drawing && map.drawing->is_whole_figure;
  if (is_drawn) {
    map.drawing_file = map.png_file;
  } else if (map.drawing) {
    map.drawing_file = photo.stem + "." + map.method + ".drawing.png";
    write_file_atomically(folder / map.drawing_file, encode_png(map.drawing->image));
  }
  for (ExtraArray& extra : map.extra) {
    extra.file = photo.stem + "." + map.method + "." + extra.name + ".npy";
    write_npy(folder / extra.file, extra.values);
  }
  const auto name = [&](std::int64_t c) {
    return session.class_names[static_cast<std::size_t>(c)];
  };
  const double share = photo.probabilities[static_cast<std::size_t>(photo.predicted)];
  const PhotoPanel left{photo.photo, name(photo.predicted), "predicted, " + percent(share)};
  std::vector<MapPanel> panels = map.beside;
  panels.push_back(
      {map.at_size_of(photo.photo), map.title, "for " + name(photo.target), map.drawing});
  write_file_atomically(
      folder / map.png_file,
      encode_png(is_drawn ? map.drawing->image : explanation_figure(left, panels)));
}

void write_run(const std::filesystem::path& folder, Run& run, Device device, double start) {
  run.total_seconds = now() - start;
  run.peak_bytes = memory_use(device).peak;
  write_json(folder / "result.json", to_json(run));
  write_file_atomically(folder / "report.html", to_html(run));
}

bool asks_for_all(const ExplainOptions& options) {
  return std::find(options.methods.begin(), options.methods.end(), "all") != options.methods.end();
}

Run describe(Session& session, const ExplainOptions& options, std::vector<std::string> command) {
  Run run;
  run.command = std::move(command);
  run.options = options.shaping;
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
  run.batch = choose_batch(session, options.batch, options.memory);
  run.threads = kernels::thread_count();
  run.class_names = session.class_names;
  run.load_seconds = session.load_seconds;
  return run;
}

MapResult make_map(Session& session, const Tensor& x, const Method& method,
                   const ExplainOptions& options, const Work& work, const ExplainedPhoto& photo,
                   const std::shared_ptr<SharedWork>& shared) {
  const Model model = model_of(session.model);
  const double begin = now();
  MapResult map = run_method(method, {model, x, photo.target, options, work, session.class_names,
                                      session.model.last_features(), shared});
  map.seconds = now() - begin;
  map.method = method.name;
  map.title = method.title;
  map.text = method.text_in(options.variant);
  require(all_finite(map.values), "the ", method.title, " map of ", photo.path,
          " is not finite; the weights overflow on this photo");
  return map;
}

// The maps of one photo, each written before the next is begun.
void explain_photo(Session& session, const Tensor& x, const std::vector<const Method*>& chosen,
                   const ExplainOptions& options, const FinishedMaps& finished, const Work& work,
                   const std::shared_ptr<SharedWork>& shared, ExplainedPhoto& photo,
                   Progress& progress) {
  std::optional<Trust> trust;
  for (const Method* method : chosen) {
    check_interrupt();
    progress.set_label(photo.stem + " " + method->name);
    std::optional<MapResult> found = finished.find(photo, *method, options.variant);
    MapResult map =
        found ? std::move(*found) : make_map(session, x, *method, options, work, photo, shared);
    if (!photo.mask.empty()) {
      const PointingScore score = pointing_game(map.at_size_of(photo.photo), photo.mask);
      map.score = MaskScore{score.hit, score.inside};
    }
    const bool judge = options.check && map.trust.empty();
    if (judge) {
      progress.set_label(photo.stem + " " + method->name + ", checks");
      if (!trust) trust.emplace(session, x, photo, options, work);
      trust->check(*method, map);
    }
    if (!map.reused || judge) write_map(options.out, photo, map, session);
    photo.maps.push_back(std::move(map));
  }
  compare_with_others(photo.photo, photo.maps);
}

// The comparisons that --compare asks for: of two methods among the photo's maps, or of each method
// under two conventions.
void compare_maps(Session& session, const Tensor& x, const std::vector<const Method*>& chosen,
                  const ExplainOptions& options, const Work& work,
                  const std::shared_ptr<SharedWork>& shared, ExplainedPhoto& photo) {
  if (options.compare.empty()) return;
  const std::string &first = options.compare[0], &second = options.compare[1];
  std::vector<MapResult> differences;
  if (find_variant(first)) {
    for (std::size_t m = 0; m < chosen.size(); ++m) {
      const Method& method = *chosen[m];
      // A map is made once for all variants in which the method is the same.
      std::map<Variant, MapResult> maps{{method.effective(options.variant), photo.maps[m]}};
      double seconds = 0;  // of the maps that were not there yet
      const auto map_in = [&](const std::string& name) -> const MapResult& {
        ExplainOptions asked = options;
        asked.variant = method.effective(*find_variant(name));
        const auto found = maps.find(asked.variant);
        if (found != maps.end()) return found->second;
        MapResult made = make_map(session, x, method, asked, work, photo, shared);
        seconds += made.seconds;
        return maps[asked.variant] = std::move(made);
      };
      differences.push_back(compare(photo.photo, map_in(first), first, map_in(second), second));
      differences.back().seconds = seconds;
      if (method.effective(*find_variant(first)) == method.effective(*find_variant(second)))
        differences.back().check_text += "; the method is the same in both";
    }
  } else {
    const auto map_of = [&](const std::string& name) -> const MapResult& {
      return *std::find_if(photo.maps.begin(), photo.maps.end(),
                           [&](const MapResult& map) { return map.method == name; });
    };
    differences.push_back(compare(photo.photo, map_of(first), first, map_of(second), second));
  }
  for (MapResult& difference : differences) {
    write_map(options.out, photo, difference, session);
    photo.maps.push_back(std::move(difference));
  }
}

}  // namespace

Run explain_photos(Session& session, const std::vector<PhotoToExplain>& photos,
                   const ExplainOptions& options, std::vector<std::string> command) {
  const double start = now();
  const std::vector<const Method*> chosen = choose_methods(options);
  const TargetRule rule(options, session);
  prepare_folder(options.out);
  const FinishedMaps finished =
      options.resume ? FinishedMaps(options.out, options.shaping) : FinishedMaps();
  const Plan plan = plan_for(session, photos.size(), chosen, options);
  std::printf("%s\n", to_text(plan).c_str());
  for (const Method& method : methods())
    if (method.logits_only && asks_for_all(options) &&
        std::find(chosen.begin(), chosen.end(), &method) == chosen.end())
      std::printf("%s is left out: it explains logits only\n", method.name.c_str());
  std::fflush(stdout);
  Run run = describe(session, options, std::move(command));
  Progress progress("explaining");
  double last_written = now();
  try {
    for (const PhotoToExplain& photo : photos) {
      const Tensor x = image_to_tensor(photo.photo);
      run.photos.push_back(predict_photo(session, photo, x, rule));
      ExplainedPhoto& explained = run.photos.back();
      // Progress counts passes, since maps take very different times.
      const double before = plan.passes * static_cast<double>(run.photos.size() - 1) /
                            static_cast<double>(photos.size());
      const Work work{run.batch, [&](std::int64_t done, std::int64_t of) {
                        double passes = before;
                        std::size_t map = 0;
                        for (; map < std::min(explained.maps.size(), chosen.size()); ++map)
                          passes += passes_of(*chosen[map], options, session.side());
                        if (map < chosen.size())
                          passes += passes_of(*chosen[map], options, session.side()) *
                                    static_cast<double>(done) / static_cast<double>(of);
                        progress.update(std::llround(passes), std::llround(plan.passes));
                      }};
      const auto shared = std::make_shared<SharedWork>();
      explain_photo(session, x.to(session.device), chosen, options, finished, work, shared,
                    explained, progress);
      compare_maps(session, x.to(session.device), chosen, options, work, shared, explained);
      if (now() - last_written > kSecondsBetweenResults) {
        write_json(options.out / "result.json", to_json(run));
        last_written = now();
      }
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
