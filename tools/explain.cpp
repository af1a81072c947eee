// backlight explain: maps of what the model looked at in each photo.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <set>

#include "tools/console/interrupt.h"
#include "tools/console/progress.h"
#include "tools/console/suggest.h"
#include "tools/explanation.h"
#include "tools/methods.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

struct Options : ExplainOptions {
  std::string variant_name = "paper", quadrature_name = "gauss-legendre";
  std::vector<std::string> images;
};

std::size_t position_of(const std::string& name, const std::vector<std::string>& names,
                        const char* option) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return i;
  const std::string hint = did_you_mean(name, names);
  fail(option, " has no '", name, "'", hint.empty() ? "; there are " : hint,
       hint.empty() ? listed(names) : "");
}

// File names without folder and ending; where two photos share one, the later gets a number.
std::vector<PhotoToExplain> read_photos(const std::vector<std::string>& images,
                                        const Session& session) {
  std::vector<PhotoToExplain> photos;
  std::set<std::string> taken;
  for (const std::string& path : images) {
    check_interrupt();
    const std::string stem = std::filesystem::path(path).stem().string();
    std::string unique = stem;
    for (int copy = 2; !taken.insert(unique).second; ++copy) unique = str(stem, "-", copy);
    photos.push_back({path, unique, read_photo(path, session)});
  }
  return photos;
}

// The words that do this again, whatever the defaults will be.
std::vector<std::string> command_of(const Options& options) {
  std::vector<std::string> words{"backlight", "explain"};
  const auto add = [&](const std::string& option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  if (!options.session.weights.empty()) add("--weights", options.session.weights.string());
  if (options.session.device != "auto") add("--device", options.session.device);
  if (options.session.precision != "fp32") add("--precision", options.session.precision);
  if (options.session.kernels != "ours") add("--kernels", options.session.kernels);
  std::string methods;
  for (const std::string& name : options.methods.empty() ? method_names() : options.methods)
    methods += (methods.empty() ? "" : ",") + name;
  add("--method", methods);
  if (!options.target.empty()) add("--target", options.target);
  add("--variant", options.variant_name);
  add("--quadrature", options.quadrature_name);
  if (options.steps) add("--steps", std::to_string(*options.steps));
  if (options.samples) add("--samples", std::to_string(*options.samples));
  if (options.noise) add("--noise", str(*options.noise));
  add("--seed", std::to_string(options.seed));
  add("--baseline", options.baseline);
  add("--out", options.out.string());
  words.insert(words.end(), options.images.begin(), options.images.end());
  return words;
}

void check(Options& options) {
  options.variant = position_of(options.variant_name, {"paper", "notebook"}, "--variant") == 1
                        ? Variant::notebook
                        : Variant::paper;
  options.quadrature = static_cast<Quadrature>(
      position_of(options.quadrature_name, quadrature_names(), "--quadrature"));
  std::vector<std::string> methods;  // each once, in the order given
  for (const std::string& name : options.methods) {
    (void)find_method(name);
    if (std::find(methods.begin(), methods.end(), name) == methods.end()) methods.push_back(name);
  }
  options.methods = methods;
  require(!options.noise || (std::isfinite(*options.noise) && *options.noise >= 0),
          "--noise must be a number from 0 on");
}

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
  std::printf("%zu photos in %s; look at %s\n", run.photos.size(),
              duration_text(run.total_seconds).c_str(), (out / "report.html").c_str());
}

void run(Options& options) {
  check(options);
  const auto session = open_session(options.session);
  if (options.baseline != "black" && options.baseline != "white" && options.baseline != "mean")
    (void)baseline_for(options.baseline, Tensor::zeros(session->model.input_shape(1)));
  const std::vector<PhotoToExplain> photos = read_photos(options.images, *session);
  const Run done = explain_photos(*session, photos, options, command_of(options));
  print_summary(done, options.out);
}

void add_method_options(CLI::App& verb, Options& options) {
  verb.add_option("--method", options.methods, "Methods, separated by commas; all by default")
      ->delimiter(',')
      ->allow_extra_args(false)  // what follows is the next option, or a photo
      ->type_name("NAME,...");
  verb.add_option("--target", options.target,
                  "The class to explain: predicted, label (from the file name <class>_<n>.jpg), an "
                  "index or a name. By default the predicted one; with --variant notebook the "
                  "label where the name has one")
      ->type_name("CLASS");
  verb.add_option("--variant", options.variant_name,
                  "paper, or notebook for the course notebook's conventions")
      ->capture_default_str();
  verb.add_option("--steps", options.steps, "Integrated Gradients: steps (50; notebook 10)")
      ->check(CLI::Range(1, 1000000));
  verb.add_option("--quadrature", options.quadrature_name,
                  "Integrated Gradients: gauss-legendre, midpoint, left, right or trapezoid")
      ->capture_default_str();
  verb.add_option("--baseline", options.baseline,
                  "Integrated Gradients: black, white, mean (the photo's colour) or a picture")
      ->capture_default_str();
  verb.add_option("--samples", options.samples, "SmoothGrad: noisy copies (50; notebook 500)")
      ->check(CLI::Range(1, 10000000));
  verb.add_option("--noise", options.noise, "SmoothGrad: noise level (0.15; notebook 0.4)");
  verb.add_option("--seed", options.seed, "SmoothGrad: of the noise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
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
  verb->add_option("--out", options->out, "Folder for maps, figures, result.json and report.html")
      ->capture_default_str();
  verb->add_option("images", options->images, "Photos, JPEG or PNG")
      ->required()
      ->type_name("IMAGE...");
  verb->footer(
      "Methods: saliency, input-x-gradient, smoothgrad, integrated-gradients.\n\n"
      "Examples:\n"
      "  backlight explain lunch.jpg\n"
      "  backlight explain --weights food_cnn.pth --method smoothgrad --samples 200 2_17.jpg\n"
      "  backlight explain --variant notebook --target label photos/*.jpg");
  verb->callback([options] { run(*options); });
}

}  // namespace backlight::tools
