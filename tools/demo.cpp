// backlight demo: draws a scene of each kind of food, explains it, and holds every map against the
// food that is really there.
#include <cstdio>
#include <map>
#include <memory>

#include "models/demo/scene.h"
#include "tensor/file.h"
#include "tools/console/progress.h"
#include "tools/explanation.h"
#include "tools/method_options.h"
#include "tools/output.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

// Scenes no training has seen: held-out seeds have this bit, and these lie beyond the ones that
// `train` measures on.
constexpr std::uint64_t kDemoSeeds = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 32);

// Few samples and large segments, with which every method shows what it does in seconds.
constexpr std::int64_t kSegments = 50;
const std::map<std::string, std::int64_t> kSamples{{"gradient-shap", 50},
                                                   {"lime", 400},
                                                   {"kernel-shap", 400},
                                                   {"shapley-sampling", 5},
                                                   {"rise", 500}};

struct Options : ExplainOptions {
  std::uint64_t scene_seed = 1;
};

std::string samples_text() {
  std::string text;
  for (const auto& [method, samples] : kSamples)
    text += str(text.empty() ? "" : ", ", method, " ", samples);
  return text;
}

// Draws the scenes and writes them beside the report, as <class>_<seed>.png.
std::vector<PhotoToExplain> draw_scenes(const std::filesystem::path& folder, std::uint64_t seed,
                                        int size) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  std::vector<PhotoToExplain> photos;
  for (int label = 0; label < kFoodClassCount; ++label) {
    const Scene scene = render_scene(label, kDemoSeeds + seed, size);
    const std::string stem = str(label, "_", seed);
    const std::filesystem::path path = folder / (stem + ".png");
    write_file_atomically(path, encode_png(scene.image));
    photos.push_back({path.string(), stem, scene.image, scene.mask});
  }
  return photos;
}

void print_scores(const Run& run) {
  const auto count = static_cast<int>(run.photos.size());
  int right = 0, centre = 0, colourful = 0;
  double area = 0;
  for (const ExplainedPhoto& photo : run.photos) {
    right += photo.label && *photo.label == photo.predicted;
    centre += photo.centre_hit.value_or(false);
    colourful += photo.colourful_hit.value_or(false);
    double on_food = 0;
    for (const std::uint8_t pixel : photo.mask) on_food += pixel;
    area += on_food / static_cast<double>(photo.mask.size()) / count;
  }
  std::printf("%d of %d scenes recognised\n\n%-22s %-14s %s\n", right, count, "method",
              "points at food", "magnitude on food");
  for (std::size_t m = 0; m < run.photos.front().maps.size(); ++m) {
    int hits = 0;
    double inside = 0;
    for (const ExplainedPhoto& photo : run.photos) {
      hits += photo.maps[m].score->pointing_hit;
      inside += photo.maps[m].score->mass_inside / count;
    }
    std::printf("%-22s %2d of %-8d %5.1f %%\n", run.photos.front().maps[m].method.c_str(), hits,
                count, 100 * inside);
  }
  std::printf("%-22s %2d of %-8d %5.1f %% (the food's share of the picture)\n", "picture's centre",
              centre, count, 100 * area);
  std::printf("%-22s %2d of %d\n", "most colourful spot", colourful, count);
}

void run(const CLI::App& verb, Options& options) {
  check_method_options(options);
  if (!options.samples && options.samples_of.empty()) options.samples_of = kSamples;
  options.shaping = options_of(verb);
  const auto session = open_session(options.session);
  const auto photos = draw_scenes(options.out / "scenes", options.scene_seed, session->side());
  const Run done = explain_photos(*session, photos, options, command_of(verb));
  print_scores(done);
  std::printf("\n%s; look at %s\n", duration_text(done.total_seconds).c_str(),
              (options.out / "report.html").c_str());
}

}  // namespace

void add_demo(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand(
      "demo", "Draw a scene of each food, explain it, and score the maps against the truth");
  const auto options = std::make_shared<Options>();
  options->out = "demo";
  options->methods = {"all"};
  options->segmentation.segments = kSegments;
  add_session_options(*verb, options->session);
  add_method_options(*verb, *options);
  verb->add_option("--scenes", options->scene_seed, "Which scenes to draw: any number")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{0xFFFFFFFF}))
      ->capture_default_str();
  verb->add_option("--out", options->out, "Folder for scenes, maps, figures and report")
      ->capture_default_str();
  verb->footer("Every method is shown, each on few samples: " + samples_text() +
               ".\n\n"
               "Examples:\n"
               "  backlight demo\n"
               "  backlight demo --method smoothgrad --samples 500 --scenes 7 --out other");
  verb->callback([verb, options] { run(*verb, *options); });
}

}  // namespace backlight::tools
