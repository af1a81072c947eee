// backlight predict: what the model takes each photo for.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tools/console/progress.h"
#include "tools/session.h"
#include "tools/verbs.h"

namespace backlight::tools {
namespace {

struct Options {
  SessionOptions session;
  std::vector<std::filesystem::path> images;
  bool json = false;
};

// The three likeliest classes, with bars.
void print_prediction(const std::string& image, const Prediction& p, const Session& session) {
  constexpr std::size_t kShown = 3;
  std::vector<std::size_t> order(p.logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p.logits[a] > p.logits[b]; });
  std::printf("%s\n", image.c_str());
  for (std::size_t i = 0; i < std::min(kShown, order.size()); ++i) {
    const double share = p.probabilities[order[i]];
    const std::string bar(static_cast<std::size_t>(share * 30 + 0.5), '#');
    std::printf("  %5.1f %%  %-16s %s\n", 100 * share, session.class_names[order[i]].c_str(),
                bar.c_str());
  }
}

nlohmann::json to_json(const std::string& image, const Prediction& p, const Session& session) {
  return {{"image", image},
          {"label", p.predicted},
          {"class", session.class_names[static_cast<std::size_t>(p.predicted)]},
          {"probabilities", p.probabilities},
          {"logits", p.logits}};
}

void run(const Options& options) {
  const auto session = open_session(options.session);
  const auto total = static_cast<std::int64_t>(options.images.size());
  const std::int64_t batch = choose_batch(*session, 0);
  nlohmann::json list = nlohmann::json::array();
  Progress progress("predicting");
  for (std::int64_t first = 0; first < total; first += batch) {
    const std::int64_t count = std::min(batch, total - first);
    std::vector<Tensor> photos;
    for (std::int64_t n = first; n < first + count; ++n)
      photos.push_back(
          image_to_tensor(read_photo(options.images[static_cast<std::size_t>(n)], *session)));
    const std::vector<Prediction> predictions = predict(*session, concatenate(photos));
    for (std::int64_t n = 0; n < count; ++n) {
      const std::string image = options.images[static_cast<std::size_t>(first + n)].string();
      const Prediction& p = predictions[static_cast<std::size_t>(n)];
      if (options.json)
        list.push_back(to_json(image, p, *session));
      else
        print_prediction(image, p, *session);
    }
    progress.update(first + count, total);
  }
  if (options.json)
    std::printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

void add_predict(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("predict", "Say what food each photo shows");
  const auto options = std::make_shared<Options>();
  add_session_options(*verb, options->session);
  verb->add_flag("--json", options->json, "Print a JSON list instead of text");
  verb->add_option("images", options->images, "Photos, JPEG or PNG")
      ->required()
      ->type_name("IMAGE...");
  verb->footer(
      "Examples:\n"
      "  backlight predict lunch.jpg dinner.png\n"
      "  backlight predict --weights food_cnn.pth --json photos/*.jpg");
  verb->callback([options] { run(*options); });
}

}  // namespace backlight::tools
