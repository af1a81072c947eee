#include "tools/session.h"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>

#include "kernels/device.h"
#include "kernels/parallel.h"
#include "models/demo/pretrained.h"
#include "models/food_classes.h"
#include "models/weights/load.h"
#include "tools/console/interrupt.h"
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

std::unique_ptr<Session> read_session(const SessionOptions& options) {
  const bool demo = options.weights.empty();
  const WeightFile file =
      demo ? read_weights(demo_weights(), "the demo model") : read_weights(options.weights);
  const std::string name = demo ? "demo model" : options.weights.string();
  return std::make_unique<Session>(
      Session{load_food_cnn(file.state_dict, name), name, file.format, {}, 0, Device::cpu});
}

}  // namespace

void add_session_options(CLI::App& verb, SessionOptions& options) {
  verb.add_option("--weights", options.weights,
                  "Weights of a food CNN (.pth, .pt, .bin, .safetensors); without them, the demo "
                  "model that comes with the program")
      ->type_name("FILE");
  add_device_options(verb, options);
}

std::unique_ptr<Session> open_session(const SessionOptions& options) {
  const Device device = open_device(options);
  const double start = now();
  auto session = read_session(options);
  release_cached_memory();  // the file's tensors; no pass has use for their blocks
  session->device = device;
  session->class_names = names_of_classes(session->model.config().classes);
  session->model.to(device);
  session->load_seconds = now() - start;
  return session;
}

Image read_photo(const std::filesystem::path& path, const Session& session) {
  return resize_bilinear(read_image(path), session.side(), session.side());
}

std::string unique_stem(const std::string& path, std::set<std::string>& taken) {
  const std::string stem = std::filesystem::path(path).stem().string();
  std::string unique = stem;
  for (int copy = 2; !taken.insert(unique).second; ++copy) unique = str(stem, "-", copy);
  return unique;
}

std::vector<NamedPhoto> read_photos(const std::vector<std::string>& paths, const Session& session) {
  std::vector<NamedPhoto> photos;
  std::set<std::string> taken;
  for (const std::string& path : paths) {
    check_interrupt();
    photos.push_back({path, unique_stem(path, taken), read_photo(path, session)});
  }
  return photos;
}

std::vector<Prediction> predict(Session& session, const Tensor& photos) {
  const Tensor logits = session.model(photos.to(session.device)).value().to(Device::cpu);
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

std::int64_t estimated_bytes(Session& session, std::int64_t batch) {
  constexpr std::int64_t kCopies = 4;  // read, unpacked, transformed, packed
  std::int64_t weights = 0;
  for (const NamedTensor& named : session.model.named_tensors())
    weights += named.tensor->numel() * static_cast<std::int64_t>(sizeof(float));
  return kCopies * weights + batch * session.model.working_bytes();
}

std::int64_t choose_batch(Session& session, std::int64_t asked, std::int64_t memory) {
  const std::int64_t working = std::max<std::int64_t>(1, session.model.working_bytes());
  std::int64_t held = std::numeric_limits<std::int64_t>::max();
  if (memory > 0) {
    constexpr double kMebi = 1 << 20;
    const std::int64_t least = estimated_bytes(session, 1);
    require(memory >= least, "--memory: the model and one photo take about ",
            std::ceil(static_cast<double>(least) / kMebi), "M, more than ",
            std::floor(static_cast<double>(memory) / kMebi), "M");
    held = 1 + (memory - least) / working;
  }
  if (asked > 0) return std::min(asked, held);
  const std::int64_t wanted =
      session.device == Device::cuda ? 32 : std::max(4, 2 * kernels::thread_count());
  const std::int64_t fits = kernels::free_memory(session.device) / 2 / working;
  if (fits < wanted)
    std::fprintf(stderr, "backlight: memory is short; working on %lld photos at a time\n",
                 static_cast<long long>(std::max<std::int64_t>(1, fits)));
  return std::clamp<std::int64_t>(std::min(fits, held), 1, wanted);
}

}  // namespace backlight::tools
