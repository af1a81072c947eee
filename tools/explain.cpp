// backlight explain: maps of what the model looked at in each photo.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>

#include "tools/console/progress.h"
#include "tools/console/suggest.h"
#include "tools/explanation.h"
#include "tools/method_options.h"
#include "tools/methods/common.h"
#include "tools/output.h"
#include "tools/report/markup.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

struct Options : ExplainOptions {
  std::vector<std::string> images;
};

void print_summary(const Run& run, const std::filesystem::path& out) {
  for (const ExplainedPhoto& photo : run.photos) {
    const auto predicted = static_cast<std::size_t>(photo.predicted);
    std::printf("%s: %s, %.1f %%", photo.path.c_str(), run.class_names[predicted].c_str(),
                100 * photo.probabilities[predicted]);
    if (photo.target != photo.predicted)
      std::printf("; explained for %s",
                  run.class_names[static_cast<std::size_t>(photo.target)].c_str());
    std::printf("\n");
    for (const MapResult& map : photo.maps)
      std::printf("  %-22s %8s  %s\n", map.method.c_str(), duration_text(map.seconds).c_str(),
                  map.check_text.c_str());
  }
  std::printf("%s in %s; look at %s\n", plural(run.photos.size(), "photo").c_str(),
              duration_text(run.total_seconds).c_str(), (out / "report.html").c_str());
}

void run(const CLI::App& verb, Options& options) {
  check_method_options(options);
  options.shaping = options_of(verb);
  for (const char* const indifferent :
       {"--method", "--batch", "--threads", "--out", "--resume", "--memory", "--compare",
        "--check"})  // a map is the same without
    options.shaping.erase(indifferent);
  const auto session = open_session(options.session);
  (void)baseline_for(options.baseline, Tensor::zeros(session->model.input_shape(1)));
  std::vector<PhotoToExplain> photos;
  for (const NamedPhoto& named : read_photos(options.images, *session))
    photos.push_back({named.path, named.stem, named.photo});
  const Run done = explain_photos(*session, photos, options,
                                  command_of(verb, {{"--method", method_list(options)}}));
  print_summary(done, options.out);
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("explain", "Show what the model looked at in a photo");
  const auto options = std::make_shared<Options>();
  add_session_options(*verb, options->session);
  add_method_options(*verb, *options);
  verb->add_option("--batch", options->batch,
                   "Inputs that go through the model at once; chosen to fit memory by default. The "
                   "maps do not depend on it")
      ->check(CLI::Range(1, 65536));
  verb->add_flag("--resume", options->resume,
                 "Go on with the folder of --out: maps that are there are not made again");
  verb->add_option("--out", options->out, "Folder for maps, figures, result.json and report.html")
      ->capture_default_str();
  verb->add_option("images", options->images, "Photos, JPEG or PNG")
      ->required()
      ->type_name("IMAGE...");
  verb->footer(
      "Methods: " + methods_by_default() +
      ".\n\n"
      "Examples:\n"
      "  backlight explain lunch.jpg\n"
      "  backlight explain --weights food_cnn.pth --method smoothgrad --samples 200 2_17.jpg\n"
      "  backlight explain --variant notebook --target label photos/*.jpg");
  verb->callback([verb, options] { run(*verb, *options); });
}

}  // namespace backlight::tools
