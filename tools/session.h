// What the verbs share: the model that was asked for, photos as it sees them, its predictions.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/food_cnn.h"
#include "models/image/image.h"
#include "tools/device_options.h"

namespace CLI {
class App;
}

namespace backlight::tools {

// The options of every verb that runs a model on photos.
struct SessionOptions : DeviceOptions {
  std::filesystem::path weights;  // empty: the demo model
};
void add_session_options(CLI::App& verb, SessionOptions& options);

// A model ready to run.
struct Session {
  FoodCnn model;
  std::string weights;  // the file, or "demo model"
  std::string format;   // how it was stored
  std::vector<std::string> class_names;
  double load_seconds = 0;
  Device device = Device::cpu;

  Var operator()(const Var& x) { return model(x); }
  int side() const { return static_cast<int>(model.config().input_size); }
};

// Reads and checks the weights, opens the device and brings the model to it. Errors: as
// read_weights, FoodCnnConfig::detect, load_state_dict and open_device.
std::unique_ptr<Session> open_session(const SessionOptions& options);

// A photo resized to what the model takes, as a picture.
Image read_photo(const std::filesystem::path& path, const Session& session);

// A photo and the name of its file without folder and ending.
struct NamedPhoto {
  std::string path, stem;
  Image photo;
};
// The name of a photo's file without folder and ending; with a number where it is taken. It is
// taken from now on.
std::string unique_stem(const std::string& path, std::set<std::string>& taken);
// The photos of these files, as read_photo reads them; where two share a name, the later gets a
// number.
std::vector<NamedPhoto> read_photos(const std::vector<std::string>& paths, const Session& session);

struct Prediction {
  std::int64_t predicted = 0;
  std::vector<double> logits, probabilities;
};
// Predictions for a batch of photos [N,S,S,3].
std::vector<Prediction> predict(Session& session, const Tensor& photos);

// How many photos go through the model at once: `asked` if positive; else two a thread (more would
// take memory and gain nothing) or 32 on a GPU, or fewer where that would take more than half of
// what is free, or than `memory` bytes hold beside the model, where that is not 0.
// Errors: `memory` does not hold the model and one photo.
std::int64_t choose_batch(Session& session, std::int64_t asked, std::int64_t memory = 0);

// Bytes that the model takes with `batch` photos at once: its weights, as they are and packed for
// its kernels, and the activations. An estimate, good to a quarter.
std::int64_t estimated_bytes(Session& session, std::int64_t batch);

}  // namespace backlight::tools
