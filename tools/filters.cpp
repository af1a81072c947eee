// backlight filters: what the filters of a layer answer to, in photos and at their strongest.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <set>

#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/figure/heat_map.h"
#include "tools/filters/look.h"
#include "tools/output.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

constexpr double kNotebookRate = 0.1;
constexpr std::int64_t kNotebookSteps = 100;

struct Options {
  SessionOptions session;
  std::vector<std::string> layers, images;
  std::string filters = "0", variant = "paper";
  std::optional<std::string> from;
  bool activation_only = false;
  std::optional<std::int64_t> steps;
  std::optional<double> learning_rate, jitter, rotate, scale, total_variation, l2;
  std::uint64_t seed = 0;
  std::int64_t batch = 0;
  std::filesystem::path out = "filters";
};

// What the options say of the visualisation. Errors: one that its variant does not have.
VisualisationOptions visualisation_of(const Options& options) {
  VisualisationOptions chosen;
  chosen.seed = options.seed;
  const bool notebook = options.variant == "notebook";
  if (notebook) {
    chosen.variant = Variant::notebook;
    chosen.steps = kNotebookSteps;
    chosen.learning_rate = kNotebookRate;
  }
  chosen.steps = options.steps.value_or(chosen.steps);
  chosen.learning_rate = options.learning_rate.value_or(chosen.learning_rate);
  const auto papers_own = [&](const char* name, const std::optional<double>& given, double& value) {
    if (!given) return;
    require(!notebook, name, " is the paper's; the notebook changes the pixels as they are, so ",
            "leave out ", name, " or --variant notebook");
    value = *given;
  };
  papers_own("--jitter", options.jitter, chosen.spread.jitter);
  papers_own("--rotate", options.rotate, chosen.spread.rotate);
  papers_own("--scale", options.scale, chosen.spread.scale);
  papers_own("--total-variation", options.total_variation, chosen.total_variation);
  papers_own("--l2", options.l2, chosen.l2);
  return chosen;
}

// Where visualisations start. Errors: from photos, of which there are none.
std::string start_of(const Options& options) {
  if (options.activation_only) {
    require(!options.from,
            "--from says where a visualisation starts; leave it out, or "
            "--activation-only");
    require(!options.images.empty(), "--activation-only needs a photo");
    return "nothing";
  }
  const bool notebook = options.variant == "notebook";
  const std::string from =
      options.from.value_or(notebook && !options.images.empty() ? "image" : "noise");
  require(from == "noise" || !options.images.empty(),
          "--from image needs a photo to start from; name one, or use --from noise");
  return from;
}

void print_summary(const FilterRun& run, const std::filesystem::path& out) {
  std::size_t filters = 0;
  const auto print = [](const std::string& what, const ShownVisualisation& shown) {
    std::printf("  %-28s sum %s, from %s; %s\n", what.c_str(), number_label(shown.sum).c_str(),
                number_label(shown.start_sum).c_str(), duration_text(shown.seconds).c_str());
  };
  for (const LayerResult& layer : run.layers)
    for (const FilterResult& result : layer.filters) {
      ++filters;
      std::printf("%s, %s\n", layer.layer.name.c_str(),
                  filter_name(run, layer, result.filter).c_str());
      if (result.visualisation) print("visualised from noise", *result.visualisation);
      for (const PhotoActivation& activation : result.photos) {
        const std::string& stem = run.photos[activation.photo].stem;
        std::printf("  %-28s sum %s, largest %s\n", stem.c_str(),
                    number_label(activation.sum).c_str(), number_label(activation.most).c_str());
        if (activation.visualisation) print("visualised from " + stem, *activation.visualisation);
      }
    }
  std::printf("%zu filters in %s; look at %s\n", filters, duration_text(run.total_seconds).c_str(),
              (out / "contact.png").c_str());
}

void run(const CLI::App& verb, const Options& options) {
  FilterPlan plan;
  plan.options = visualisation_of(options);
  plan.from = start_of(options);
  (void)RandomWindows(2, 2, plan.options.spread, 0);  // says what is wrong with the spread
  const auto session = open_session(options.session);
  plan.layers = select_filters(session->model, options.layers, options.filters);
  plan.photos = read_photos(options.images, *session);
  plan.batch = choose_batch(*session, options.batch);
  plan.out = options.out;
  std::string layers;
  for (const LayerSelection& selection : plan.layers)
    layers += (layers.empty() ? "" : ",") + selection.layer.name;
  plan.command = command_of(verb, {{"--layer", layers}});
  print_summary(look_at_filters(*session, plan), options.out);
}

void add_selection_options(CLI::App& verb, Options& options) {
  verb.add_option("--layer", options.layers,
                  "Layers by name, separated by commas (cnn.15); backlight inspect lists them")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  verb.add_option("--filter", options.filters,
                  "Filters of each layer: numbers and ranges such as 0,4,8-15, or all")
      ->type_name("LIST")
      ->capture_default_str();
  verb.add_flag("--activation-only", options.activation_only, "Visualise nothing");
}

void add_visualisation_options(CLI::App& verb, Options& options) {
  verb.add_option("--from", options.from,
                  "What a visualisation starts from: noise (the default), or image: each photo "
                  "(the default of --variant notebook)")
      ->check(CLI::IsMember({"noise", "image"}));
  verb.add_option("--variant", options.variant,
                  "paper: frequencies, uncorrelated colours, random moves; notebook: the pixels, "
                  "as the course")
      ->check(CLI::IsMember({"paper", "notebook"}))
      ->capture_default_str();
  verb.add_option("--steps", options.steps, "Steps of Adam (256; notebook 100)")
      ->check(CLI::Range(1, 1000000));
  verb.add_option("--learning-rate", options.learning_rate, "Of Adam (0.05; notebook 0.1)")
      ->check(CLI::PositiveNumber);
  verb.add_option("--jitter", options.jitter, "Pixels that a step may move the picture (8)")
      ->check(CLI::Range(0.0, 1000.0));
  verb.add_option("--rotate", options.rotate, "Degrees that a step may turn it (10)")
      ->check(CLI::Range(0.0, 90.0));
  verb.add_option("--scale", options.scale, "Share of its size by which a step may scale it (0.1)")
      ->check(CLI::Range(0.0, 0.9));
  verb.add_option("--total-variation", options.total_variation,
                  "How much neighbouring pixels are to be alike (0; try 0.1)")
      ->check(CLI::NonNegativeNumber);
  verb.add_option("--l2", options.l2, "How much the picture is to stay grey (0; try 0.5)")
      ->check(CLI::NonNegativeNumber);
  verb.add_option("--seed", options.seed, "Of the noise and of the random moves")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace

void add_filters(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand(
      "filters", "Show what the filters of a layer answer to, in photos and at their strongest");
  const auto options = std::make_shared<Options>();
  add_session_options(*verb, options->session);
  add_selection_options(*verb, *options);
  add_visualisation_options(*verb, *options);
  verb->add_option("--batch", options->batch,
                   "Pictures that go through the model at once; chosen to fit memory by default. "
                   "The pictures do not depend on it")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--out", options->out, "Folder for arrays, pictures, contact.png, filters.json")
      ->capture_default_str();
  verb->add_option("images", options->images, "Photos, JPEG or PNG; none to visualise only")
      ->type_name("IMAGE...");
  verb->footer(
      "Examples:\n"
      "  backlight filters --layer cnn.15 --filter 0-7\n"
      "  backlight filters --weights food_cnn.pth --layer cnn.6,cnn.15,cnn.23 --filter 0 2_17.jpg\n"
      "  backlight filters --variant notebook --layer cnn.15 --filter 0 2_17.jpg\n"
      "  backlight filters --layer fc.3 --filter all --steps 512");
  verb->callback([verb, options] { run(*verb, *options); });
}

}  // namespace backlight::tools
