#include "tools/homework/study.h"

#include <algorithm>
#include <cmath>

#include "kernels/noise.h"
#include "tensor/npy.h"
#include "tools/console/interrupt.h"
#include "tools/labels.h"
#include "tools/methods/common.h"
#include "tools/methods/segments.h"
#include "xai/coalitions.h"
#include "xai/filter_activation.h"
#include "xai/food_cnn_model.h"

namespace backlight::tools {
namespace {

constexpr double kNoiseLevel = 0.4;      // the notebook's
constexpr double kLearningRate = 0.1;    // of its visualisation
constexpr int kCourseLastLayer = 37;     // of cnn in the course's network
constexpr double kGradientPasses = 2.0;  // a forward and a backward pass

// What is cached under a key, made where it is not there yet.
template <typename Cache, typename Key, typename Make>
const auto& cached(Cache& cache, const Key& key, Make make) {
  const auto found = cache.find(key);
  return found != cache.end() ? found->second : cache.emplace(key, make()).first->second;
}

// The number of a layer of cnn; -1 of any other.
int number_of(const LayerInfo& layer) {
  return layer.name.starts_with("cnn.") ? std::stoi(layer.name.substr(4)) : -1;
}

}  // namespace

Study::Study(Session& session, const HomeworkOptions& options, std::vector<HomeworkPhoto> photos)
    : session_(session),
      options_(options),
      model_(model_of(session.model)),
      photos_(std::move(photos)),
      batch_(choose_batch(session, options.batch)),
      progress_("homework") {
  const auto classes = static_cast<std::int64_t>(session.class_names.size());
  for (HomeworkPhoto& photo : photos_) {
    check_interrupt();
    const Tensor x = image_to_tensor(photo.picture);
    const Prediction prediction = predict(session, x).front();
    photo.label = label_of(photo.path);
    if (photo.label && *photo.label >= classes) photo.label.reset();
    photo.predicted = prediction.predicted;
    photo.target = photo.label.value_or(photo.predicted);
    photo.target_logit = prediction.logits[static_cast<std::size_t>(photo.target)];
    photo.probability = prediction.probabilities[static_cast<std::size_t>(photo.predicted)];
    inputs_.push_back(x.to(session.device));
  }
  total_ = planned_passes();
}

double Study::planned_passes() const {
  const auto photos = static_cast<double>(count());
  const auto lime = static_cast<double>(options_.lime_samples);
  const auto noisy = static_cast<double>(options_.smoothgrad_samples);
  constexpr double kSaliency = 4, kHidden = 2;
  // Integrated Gradients of photo 3 and of photo 1: 10, 50 and 200 steps each.
  constexpr double kIntegrated = 2 * kGradientPasses * (10 + 50 + 200);
  const double each = lime + kSaliency + kGradientPasses + kGradientPasses * noisy + kHidden;
  return photos * each + kIntegrated + static_cast<double>(options_.steps) * kGradientPasses;
}

Work Study::work(double passes) {
  check_interrupt();
  return {batch_, [this, passes](std::int64_t done, std::int64_t of) {
            const double share = static_cast<double>(done) / static_cast<double>(of);
            progress_.update(std::llround(std::min(done_ + passes * share, total_)),
                             std::llround(total_));
          }};
}

void Study::finished(double passes) { done_ = std::min(done_ + passes, total_); }

void Study::begin_question(int number) {
  progress_.set_label(str("question ", number));
  progress_.update(std::llround(done_), std::llround(total_));
}

std::size_t Study::course_photo(std::size_t number) const { return (number - 1) % count(); }

Text Study::note_on_photo(std::size_t number) const {
  if (number <= count()) return {};
  const std::size_t own = course_photo(number) + 1;
  return {str(" (There is no photo ", number, " here; photo ", own, " stands in for it.)"),
          str("（這裡沒有第 ", number, " 張照片，以第 ", own, " 張代替。）")};
}

StudiedLayer Study::course_layer(int number) {
  std::vector<LayerInfo> layers;
  for (const LayerInfo& layer : session_.model.describe())
    if (number_of(layer) >= 0) layers.push_back(layer);
  // The course's edition has all of its layers; another is as deep in proportion.
  const bool has_it = session_.model.config().edition == FoodCnnConfig::Edition::course;
  const int last = static_cast<int>(layers.size()) - 1;
  const int own =
      has_it ? number
             : static_cast<int>(std::lround(static_cast<double>(number) * last / kCourseLastLayer));
  const LayerInfo& layer = layers[static_cast<std::size_t>(std::clamp(own, 0, last))];
  if (has_it) return {layer, {}};
  return {
      layer,
      {str(" (This is not the course's network: its ", layer.name, " is as deep as layer ", number,
           " is there.)"),
       str("（這不是課程的網路：這裡以深度相當的 ", layer.name, " 代替第 ", number, " 層。）")}};
}

std::vector<LayerInfo> Study::stage_ends() {
  const std::vector<LayerInfo> layers = session_.model.describe();
  std::vector<LayerInfo> ends;
  for (std::size_t i = 1; i < layers.size(); ++i)
    if (layers[i].description.starts_with("MaxPool")) ends.push_back(layers[i - 1]);
  return ends;
}

MapResult Study::method_map(const std::string& name, std::size_t n, double passes,
                            std::optional<std::int64_t> samples) {
  ExplainOptions options;
  options.variant = Variant::notebook;
  options.samples = samples;
  options.seed = options_.seed;
  const Method& method = find_method(name);
  MapResult map = run_method(method, {model_, x(n), photo(n).target, options, work(passes),
                                      session_.class_names, session_.model.last_features()});
  require(all_finite(map.values), "the ", method.title, " map of ", photo(n).path,
          " is not finite; the weights overflow on this photo");
  keep(n, name, map.values);
  finished(passes);
  return map;
}

const Tensor& Study::segments(std::size_t n) {
  return cached(segments_, n, [&] {
    const ExplainOptions options;
    const Work work;
    const Tensor segments = segments_of({model_, x(n), photo(n).target, options, work});
    keep(n, "segments", segments);
    return segments;
  });
}

const MapResult& Study::lime(std::size_t n) {
  return cached(lime_, n, [&] {
    return method_map("lime", n, static_cast<double>(options_.lime_samples), options_.lime_samples);
  });
}

const MapResult& Study::saliency(std::size_t n) {
  constexpr double kPasses = 4;  // two more for the slope
  return cached(saliency_, n, [&] { return method_map("saliency", n, kPasses, std::nullopt); });
}

const Tensor& Study::loss_gradient(std::size_t n) {
  return cached(gradients_, n, [&] {
    (void)work(kGradientPasses);
    const Tensor gradient = input_gradient(model_, x(n), loss_of(photo(n).target)).to(Device::cpu);
    require(all_finite(gradient), "the gradient of ", photo(n).path,
            " is not finite; the weights overflow on this photo");
    keep(n, "loss-gradient", without_batch(gradient));
    finished(kGradientPasses);
    return gradient;
  });
}

const MapResult& Study::smoothgrad(std::size_t n) {
  return cached(smoothgrad_, n, [&] {
    return method_map("smoothgrad", n,
                      kGradientPasses * static_cast<double>(options_.smoothgrad_samples),
                      options_.smoothgrad_samples);
  });
}

Tensor Study::noisy_copy(std::size_t n) {
  const double sigma = smoothgrad(n).settings.at("sigma");
  return kernels::add_noise(x(n), sigma, options_.seed, 0, 1).to(Device::cpu);
}

SmoothGradResult Study::one_noisy_map(std::size_t n) {
  const SmoothGradOptions options{1, kNoiseLevel, options_.seed, Variant::notebook};
  return backlight::smoothgrad(model_, x(n), loss_of(photo(n).target), options,
                               work(kGradientPasses));
}

const IntegratedGradientsResult& Study::integrated_gradients(std::size_t n, std::int64_t steps) {
  return cached(integrated_, std::pair{n, steps}, [&] {
    const double passes = kGradientPasses * static_cast<double>(steps);
    const IntegratedGradientsOptions options{steps, Quadrature::left, Variant::notebook};
    const Tensor black = Tensor::zeros(x(n).shape(), DType::f32, session_.device);
    IntegratedGradientsResult result = backlight::integrated_gradients(
        model_, x(n), black, target_logit(n), options, work(passes));
    result.values = without_batch(result.values);
    require(all_finite(result.values), "the Integrated Gradients map of ", photo(n).path,
            " is not finite; the weights overflow on this photo");
    keep(n, str("integrated-gradients-", steps), result.values);
    finished(passes);
    return result;
  });
}

IntegratedGradientsResult Study::midpoint_gradients(std::size_t n, std::int64_t steps) {
  const double passes = kGradientPasses * static_cast<double>(steps);
  const IntegratedGradientsOptions options{steps, Quadrature::midpoint, Variant::paper};
  const Tensor black = Tensor::zeros(x(n).shape(), DType::f32, session_.device);
  const IntegratedGradientsResult result =
      backlight::integrated_gradients(model_, x(n), black, target_logit(n), options, work(passes));
  finished(passes);
  return result;
}

Tensor Study::activation(const std::string& layer, std::size_t n) {
  check_interrupt();
  const Tensor all = layer_activation(
      [&](const Var& in) { return session_.model.forward_to(layer, in); }, x(n), layer);
  require(all_finite(all), session_.weights, ": the weights overflow: the layer ", layer,
          " is not finite for ", photo(n).path);
  return all;
}

Visualisation Study::visualise(const std::string& layer, std::int64_t filter, std::size_t n) {
  VisualisationOptions options;
  options.variant = Variant::notebook;
  options.steps = options_.steps;
  options.learning_rate = kLearningRate;
  options.seed = options_.seed;
  const double passes = kGradientPasses * static_cast<double>(options_.steps);
  const Visualisation grown =
      visualise_filters([&](const Var& in) { return session_.model.forward_to(layer, in); }, layer,
                        {{filter, x(n)}}, {x(n).shape(), DType::f32, session_.device}, options,
                        work(passes))
          .front();
  require(all_finite(grown.picture), "the visualisation of ", layer, ", filter ", filter,
          ", is not finite; the weights overflow");
  finished(passes);
  return grown;
}

double Study::logit_without(std::size_t n, const std::vector<bool>& hidden) {
  const SegmentGame game(model_, target_logit(n), x(n),
                         filled_segments(x(n), segments(n), Fill::mean), segments(n));
  Coalition shown = hidden;
  shown.flip();
  const double logit = game.worths(
                               1, [&](std::int64_t) { return shown; }, work(1))
                           .front();
  finished(1);
  return logit;
}

std::vector<double> Study::logits_at(std::size_t n, const Tensor& pictures) {
  return scores_at(
      model_, target_logit(n), pictures.dim(0),
      [&](std::int64_t first, std::int64_t rows) {
        return pictures.rows(first, rows).to(session_.device);
      },
      work(0));
}

std::string Study::keep(std::size_t n, const std::string& name, const Tensor& values) {
  const std::string file = file_of(n, name);
  write_npy(options_.out / file, values);
  return file;
}

}  // namespace backlight::tools
