#include "tools/session.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "kernels/parallel.h"
#include "models/demo/pretrained.h"
#include "models/food_classes.h"
#include "models/weights/load.h"
#include "tools/console/progress.h"

namespace backlight::tools {
namespace {

std::vector<std::string> names_of_classes(std::int64_t count) {
  if (count == kFoodClassCount) return {kFoodClasses.begin(), kFoodClasses.end()};
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(str("class ", i));
  return names;
}

// The network the weights belong to. Errors name the file.
FoodCnn load_food_cnn(const StateDict& weights, const std::string& file) {
  try {
    FoodCnn model(FoodCnnConfig::detect(weights));
    model.load_state_dict(weights);
    return model;
  } catch (const Error& error) {
    fail(file, ": ", error.what());
  }
}

// Bytes the system can still give away, from /proc/meminfo; a large number where that is missing.
std::int64_t free_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::int64_t kilobytes = 0;
  while (file >> key >> kilobytes >> unit)
    if (key == "MemAvailable:") return kilobytes * 1024;
  return std::int64_t{1} << 62;
}

}  // namespace

void add_session_options(CLI::App& verb, SessionOptions& options) {
  verb.add_option("--weights", options.weights,
                  "Weights of a food CNN (.pth, .pt, .bin, .safetensors); without them, the demo "
                  "model that comes with the program")
      ->type_name("FILE");
  verb.add_option("--threads", options.threads, "Threads to use; all cores by default")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--device", options.device, "Where to compute: auto or cpu")
      ->check(CLI::IsMember({"auto", "cpu"}))
      ->capture_default_str();
}

std::unique_ptr<Session> open_session(const SessionOptions& options) {
  if (options.threads > 0) kernels::set_thread_count(options.threads);
  const double start = now();
  const bool demo = options.weights.empty();
  const WeightFile file =
      demo ? read_weights(demo_weights(), "the demo model") : read_weights(options.weights);
  const std::string name = demo ? "demo model" : options.weights.string();
  auto session = std::make_unique<Session>(
      Session{load_food_cnn(file.state_dict, name), name, file.format, {}, 0});
  session->class_names = names_of_classes(session->model.config().classes);
  session->load_seconds = now() - start;
  return session;
}

Image read_photo(const std::filesystem::path& path, const Session& session) {
  return resize_bilinear(read_image(path), session.side(), session.side());
}

std::vector<Prediction> predict(Session& session, const Tensor& photos) {
  const Tensor logits = session.model(photos).value();
  require(all_finite(logits), session.weights, ": the weights overflow: the logits of a photo are ",
          "not finite");
  const Tensor probabilities = softmax(logits.to(DType::f64)).value();
  std::vector<Prediction> predictions;
  const std::int64_t classes = logits.dim(1);
  for (std::int64_t n = 0; n < logits.dim(0); ++n) {
    Prediction p;
    for (std::int64_t c = 0; c < classes; ++c) {
      p.logits.push_back(logits.at(n * classes + c));
      p.probabilities.push_back(probabilities.at(n * classes + c));
    }
    p.predicted = std::max_element(p.logits.begin(), p.logits.end()) - p.logits.begin();
    predictions.push_back(std::move(p));
  }
  return predictions;
}

std::int64_t choose_batch(Session& session, std::int64_t asked) {
  if (asked > 0) return asked;
  const std::int64_t wanted = std::max(4, 2 * kernels::thread_count());
  const std::int64_t fits =
      free_memory() / 2 / std::max<std::int64_t>(1, session.model.working_bytes());
  if (fits < wanted)
    std::fprintf(stderr, "backlight: memory is short; working on %lld photos at a time\n",
                 static_cast<long long>(std::max<std::int64_t>(1, fits)));
  return std::clamp<std::int64_t>(fits, 1, wanted);
}

}  // namespace backlight::tools
