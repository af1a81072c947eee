#include "models/food_cnn.h"

#include <algorithm>
#include <cmath>

#include "layers/activation.h"
#include "layers/linear.h"
#include "tensor/random.h"

namespace backlight {
namespace {

constexpr Conv2dGeometry kSame{.stride = 1, .padding = 1};
constexpr std::uint64_t kDropoutSeed = 0x0D20;

// How many convolutions each stage of the course's network has; a pooling follows every stage.
constexpr int kCourseStages[] = {3, 3, 3, 1, 1};

// Positions of the convolutions in `cnn`.
std::vector<int> conv_positions(FoodCnnConfig::Edition edition) {
  if (edition == FoodCnnConfig::Edition::prelu_2020) return {0, 4, 8, 12, 16};
  std::vector<int> positions;
  int position = 0;
  for (const int convolutions : kCourseStages) {
    for (int i = 0; i < convolutions; ++i, position += 3) positions.push_back(position);
    ++position;
  }
  return positions;
}

std::vector<std::int64_t> divided(std::vector<std::int64_t> widths, std::int64_t divisor) {
  require(divisor >= 1, "the width divisor must be at least 1, not ", divisor);
  for (std::int64_t& width : widths) width = std::max<std::int64_t>(1, width / divisor);
  return widths;
}

// Positions N of the entries "<part>N.weight" of this rank.
std::vector<int> positions_of(const StateDict& weights, const std::string& part,
                              std::int64_t rank) {
  std::vector<int> positions;
  for (const auto& [name, tensor] : weights) {
    if (!name.starts_with(part) || !name.ends_with(".weight") || tensor.rank() != rank) continue;
    const std::string number = name.substr(part.size(), name.size() - part.size() - 7);
    if (!number.empty() && number.size() < 4 &&
        number.find_first_not_of("0123456789") == std::string::npos)
      positions.push_back(std::stoi(number));
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace

FoodCnnConfig FoodCnnConfig::course(std::int64_t divisor) {
  FoodCnnConfig config;
  config.widths = divided({128, 128, 128, 128, 128, 128, 256, 256, 256, 512, 512}, divisor);
  config.hidden = divided({1024}, divisor);
  return config;
}

FoodCnnConfig FoodCnnConfig::prelu_2020(std::int64_t divisor) {
  FoodCnnConfig config;
  config.edition = Edition::prelu_2020;
  config.widths = divided({64, 128, 256, 512, 512}, divisor);
  config.hidden = divided({1024, 512}, divisor);
  return config;
}

std::string FoodCnnConfig::name() const {
  return edition == Edition::course ? "food CNN" : "2020 food CNN with PReLU";
}

FoodCnnConfig FoodCnnConfig::detect(const StateDict& weights) {
  FoodCnnConfig config;
  const std::vector<int> convolutions = positions_of(weights, "cnn.", 4);
  const std::vector<int> linears = positions_of(weights, "fc.", 2);
  const bool course = convolutions == conv_positions(Edition::course);
  const bool prelu = convolutions == conv_positions(Edition::prelu_2020);
  require((course || prelu) && !linears.empty(),
          "these weights are neither the course's food CNN "
          "(convolutions at cnn.0, 3, 6, 10, ... 34 and a head fc) nor its 2020 edition (at cnn.0, "
          "4, 8, 12, 16); they start with ",
          weights.empty() ? "nothing" : "'" + weights.begin()->first + "'",
          "; backlight inspect lists what a file holds");
  config.edition = course ? Edition::course : Edition::prelu_2020;
  for (const int at : convolutions)
    config.widths.push_back(weights.at(str("cnn.", at, ".weight")).dim(0));
  config.hidden.clear();
  for (const int at : linears)
    config.hidden.push_back(weights.at(str("fc.", at, ".weight")).dim(0));
  config.classes = config.hidden.back();
  config.hidden.pop_back();
  const std::int64_t features = weights.at(str("fc.", linears.front(), ".weight")).dim(1);
  const auto side = static_cast<std::int64_t>(std::lround(
      std::sqrt(static_cast<double>(features / std::max<std::int64_t>(1, config.widths.back())))));
  require(side >= 1 && side * side * config.widths.back() == features,
          "the head of these weights "
          "takes ",
          features, " features, which is no square of ", config.widths.back(), " channels");
  config.input_size = side * 32;
  if (prelu) {
    config.last_norm = weights.find("cnn.17.running_mean") != nullptr;
    const Tensor* slope = weights.find("cnn.2.weight");
    config.prelu_per_channel = slope && slope->numel() > 1;
  }
  return config;
}

FoodCnn::FoodCnn(const FoodCnnConfig& config) : config_(config) {
  if (config_.edition == FoodCnnConfig::Edition::course)
    build_course();
  else
    build_prelu_2020();
}

void FoodCnn::build_course() {
  require(config_.widths.size() == 11 && config_.hidden.size() == 1,
          "the food CNN has 11 convolutions and one hidden layer, not ", config_.widths.size(),
          " and ", config_.hidden.size());
  std::int64_t in = 3;
  auto width = config_.widths.begin();
  for (const int convolutions : kCourseStages) {
    for (int i = 0; i < convolutions; ++i) {
      cnn_.add<Conv2d>(in, *width, 3, kSame);
      cnn_.add<BatchNorm2d>(*width);
      cnn_.add<ReLU>();
      in = *width++;
    }
    cnn_.add<MaxPool2d>(PoolGeometry{2, 2});
  }
  build_head(config_.input_size / 32);
}

void FoodCnn::build_prelu_2020() {
  require(config_.widths.size() == 5 && config_.hidden.size() == 2,
          "the 2020 food CNN has 5 convolutions and two hidden layers, not ", config_.widths.size(),
          " and ", config_.hidden.size());
  std::int64_t in = 3;
  for (std::size_t i = 0; i < config_.widths.size(); ++i) {
    const std::int64_t out = config_.widths[i];
    cnn_.add<Conv2d>(in, out, 3, kSame);
    if (i < 4 || config_.last_norm) cnn_.add<BatchNorm2d>(out);
    cnn_.add<PReLU>(config_.prelu_per_channel ? out : 1);
    cnn_.add<MaxPool2d>(PoolGeometry{2, 2});
    in = out;
  }
  build_head(config_.input_size / 32);
}

void FoodCnn::build_head(std::int64_t side) {
  Shape flattened{side, side, config_.widths.back()};
  std::int64_t in = flattened.numel();
  for (const std::int64_t hidden : config_.hidden) {
    fc_.add<Linear>(in, hidden, flattened);
    fc_.add<ReLU>();
    if (config_.edition == FoodCnnConfig::Edition::course)
      fc_.add<Dropout>(config_.dropout, kDropoutSeed);
    flattened = {};
    in = hidden;
  }
  fc_.add<Linear>(in, config_.classes, flattened);
}

void FoodCnn::check_input(const Var& x) const {
  require(x.value().rank() == 4 && x.shape() == input_shape(x.dim(0)), "the ", config_.name(),
          " takes photos of shape ", input_shape(1), ", not ", x.shape());
}

Var FoodCnn::forward_to(const std::string& layer, const Var& x) {
  check_input(x);
  const auto in_chain = [&](const std::string& chain, Sequential& layers, const Var& value) {
    const LayerScope scope(chain);
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (layer == str(chain, ".", i)) return layers.forward_to(i, value);
    return Var();
  };
  const Var feature = in_chain("cnn", cnn_, x);
  if (feature.defined()) return feature;
  require(layer.starts_with("fc."), "the ", config_.name(), " has no layer ", layer);
  Var features;
  {
    const LayerScope scope("cnn");
    features = observe(cnn_.forward(x));
  }
  const Var unit = in_chain("fc", fc_, flatten(features));
  require(unit.defined(), "the ", config_.name(), " has no layer ", layer);
  return unit;
}

Var FoodCnn::forward(const Var& x) {
  check_input(x);
  Var value = x;
  {
    const LayerScope scope("cnn");
    value = observe(cnn_.forward(value));
  }
  return head(value);
}

Var FoodCnn::head(const Var& features) {
  const LayerScope scope("fc");
  return observe(fc_.forward(flatten(features)));
}

void FoodCnn::load_state_dict(const StateDict& weights) {
  const std::vector<NamedTensor> tensors = named_tensors();
  std::vector<std::pair<std::string, Shape>> expected;
  for (const NamedTensor& named : tensors) expected.emplace_back(named.name, torch_shape(named));
  check_state_dict(expected, weights, "Classifier");
  for (const NamedTensor& named : tensors) {
    const Tensor& source = weights.at(named.name);
    const bool counts = named.tensor->dtype() == DType::i64;
    *named.tensor =
        from_torch(named, counts ? source.to(DType::i64) : source).to(named.tensor->device());
  }
}

StateDict FoodCnn::state_dict() {
  StateDict weights;
  for (const NamedTensor& named : named_tensors()) weights.add(named.name, to_torch(named));
  return weights;
}

void FoodCnn::initialise(std::uint64_t seed) {
  std::uint64_t stream = 0;
  float bound = 0;
  for (const NamedTensor& named : named_tensors()) {
    ++stream;
    // A weight is followed by its bias, which shares the bound; batch norm and PReLU keep theirs.
    const bool is_weight = named.tensor->rank() >= 2;
    if (is_weight)
      bound = 1.0f / std::sqrt(static_cast<float>(named.tensor->numel() / named.tensor->dim(0)));
    const bool is_bias = named.name.ends_with(".bias") && bound > 0;
    if (is_weight || is_bias) {
      const Philox philox(seed, stream);
      float* values = named.tensor->mutable_data<float>();
      for (std::int64_t i = 0; i < named.tensor->numel(); ++i)
        values[i] = bound * (2 * philox.uniform(static_cast<std::uint64_t>(i)) - 1);
    }
    if (is_bias) bound = 0;
  }
}

void FoodCnn::set_training(bool training) {
  cnn_.set_training(training);
  fc_.set_training(training);
}

void FoodCnn::to(DType dtype) {
  for (const NamedTensor& named : named_tensors())
    if (named.tensor->dtype() != DType::i64) *named.tensor = named.tensor->to(dtype);
}

void FoodCnn::to(Device device) {
  for (const NamedTensor& named : named_tensors())
    if (named.tensor->dtype() != DType::i64) *named.tensor = named.tensor->to(device);
}

std::vector<NamedTensor> FoodCnn::named_tensors() {
  std::vector<NamedTensor> tensors;
  cnn_.collect("cnn.", tensors);
  fc_.collect("fc.", tensors);
  return tensors;
}

std::string FoodCnn::last_features() {
  std::string before, features;
  for (const LayerInfo& layer : describe()) {
    if (layer.description.starts_with("MaxPool2d")) features = before;
    before = layer.name;
  }
  return features;
}

std::vector<LayerInfo> FoodCnn::describe() {
  const Shape input = input_shape(1);
  std::vector<LayerInfo> infos = cnn_.describe("cnn.", input);
  const std::int64_t features = cnn_.output_shape(input).numel();
  for (LayerInfo& info : fc_.describe("fc.", {1, features})) infos.push_back(std::move(info));
  return infos;
}

Shape FoodCnn::input_shape(std::int64_t batch) const {
  return {batch, config_.input_size, config_.input_size, 3};
}

std::int64_t FoodCnn::working_bytes() {
  std::int64_t previous = input_shape(1).numel(), largest = 0;
  for (const LayerInfo& info : describe()) {
    largest = std::max(largest, previous + info.output.numel());
    previous = info.output.numel();
  }
  return 2 * largest * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace backlight
