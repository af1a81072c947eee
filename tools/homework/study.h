// What the answers of the homework are computed from: photos, and their maps by the notebook's
// variants of the methods, each made when it is first asked for and written as it is made.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/console/progress.h"
#include "tools/homework/run.h"
#include "tools/methods.h"
#include "tools/session.h"
#include "xai/feature_visualisation.h"
#include "xai/integrated_gradients.h"
#include "xai/smoothgrad.h"

namespace backlight::tools {

struct HomeworkOptions {
  SessionOptions session;
  std::filesystem::path images, out = "homework";
  std::size_t count = 10;
  std::int64_t lime_samples = 300, smoothgrad_samples = 50;
  std::int64_t steps = 100;  // of the visualisation of a filter
  std::uint64_t seed = 0;
  std::int64_t batch = 0;  // 0: chosen to fit memory
};

// A layer of the network, and whether it is the one that the course names.
struct StudiedLayer {
  LayerInfo info;
  Text note;  // says which layer stands in for the course's; empty where it is that one
};

class Study {
 public:
  // Predicts the photos. `photos` need path, stem, picture and number; the rest is filled in.
  // Errors: logits that are not finite.
  Study(Session& session, const HomeworkOptions& options, std::vector<HomeworkPhoto> photos);

  Session& session() { return session_; }
  const HomeworkOptions& options() const { return options_; }
  const std::vector<HomeworkPhoto>& photos() const { return photos_; }
  std::size_t count() const { return photos_.size(); }
  const HomeworkPhoto& photo(std::size_t n) const { return photos_[n]; }
  const Tensor& x(std::size_t n) const { return inputs_[n]; }  // [1,S,S,3] on the device
  std::string class_name(std::int64_t c) const {
    return session_.class_names[static_cast<std::size_t>(c)];
  }
  Objective target_logit(std::size_t n) const { return logit_of(photos_[n].target); }

  // The place in photos() of the photo that the course gives this number; where there are fewer,
  // one of those there are. `note` says so, and is empty otherwise.
  std::size_t course_photo(std::size_t number) const;
  Text note_on_photo(std::size_t number) const;
  // The course's layer cnn.`number`; in a network without it, the one as deep.
  StudiedLayer course_layer(int number);
  // The layer before each pooling: what a stage of the network ends with.
  std::vector<LayerInfo> stage_ends();

  // int32 [S,S], by SLIC as the notebook calls it.
  const Tensor& segments(std::size_t n);
  const MapResult& lime(std::size_t n);
  const MapResult& saliency(std::size_t n);
  // The gradient of the loss, [1,S,S,3].
  const Tensor& loss_gradient(std::size_t n);
  const MapResult& smoothgrad(std::size_t n);
  // One noisy copy of the photo, and the magnitude of the loss's gradient there.
  Tensor noisy_copy(std::size_t n);
  SmoothGradResult one_noisy_map(std::size_t n);
  // The notebook's, from black by the left rule, not multiplied by the photo.
  const IntegratedGradientsResult& integrated_gradients(std::size_t n, std::int64_t steps);
  // The paper's, by the midpoint rule.
  IntegratedGradientsResult midpoint_gradients(std::size_t n, std::int64_t steps);
  // [1,P,Q,K]
  Tensor activation(const std::string& layer, std::size_t n);
  // Grown from the photo, by the notebook's steps.
  Visualisation visualise(const std::string& layer, std::int64_t filter, std::size_t n);
  // The target's logit with the chosen segments hidden, each in its mean colour.
  double logit_without(std::size_t n, const std::vector<bool>& hidden);
  // The target's logit at each picture of [N,S,S,3], on the processor.
  std::vector<double> logits_at(std::size_t n, const Tensor& pictures);

  // Writes an array into the folder as STEM.NAME.npy; its name.
  std::string keep(std::size_t n, const std::string& name, const Tensor& values);
  // The names under which the maps above were kept.
  std::string file_of(std::size_t n, const std::string& name) const {
    return photos_[n].stem + "." + name + ".npy";
  }

  // The line that says how far all has come; the safe point for Ctrl-C.
  void begin_question(int number);

 private:
  Work work(double passes);
  void finished(double passes);
  MapResult method_map(const std::string& name, std::size_t n, double passes,
                       std::optional<std::int64_t> samples);
  double planned_passes() const;

  Session& session_;
  const HomeworkOptions& options_;
  Model model_;
  std::vector<HomeworkPhoto> photos_;
  std::vector<Tensor> inputs_;
  std::int64_t batch_;
  Progress progress_;
  double done_ = 0, total_ = 1;  // in forward passes of one photo
  std::map<std::size_t, Tensor> segments_, gradients_;
  std::map<std::size_t, MapResult> lime_, saliency_, smoothgrad_;
  std::map<std::pair<std::size_t, std::int64_t>, IntegratedGradientsResult> integrated_;
};

}  // namespace backlight::tools
