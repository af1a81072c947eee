// The food CNNs against PyTorch: logits, input gradients, values in between, weight files.
#include "models/food_cnn.h"

#include <algorithm>

#include "autograd/grad.h"
#include "kernels/conv2d.h"
#include "kernels/parallel.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

FoodCnn load(const std::string& edition, DType dtype = DType::f32) {
  const StateDict weights = fixture_weights("food_cnn/" + edition + "/weights.pth");
  FoodCnn model(FoodCnnConfig::detect(weights));
  model.load_state_dict(weights);
  model.to(dtype);
  return model;
}

// The largest error as a share of the largest expected value.
double largest_error(const Tensor& actual, const Tensor& expected) {
  double error = 0, size = 0;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double off = std::abs(actual.at(i) - expected.at(i));
    if (!(off <= error)) error = off;  // and so a NaN stays
    size = std::max(size, std::abs(expected.at(i)));
  }
  return error / size;
}

double one_minus_cosine(const Tensor& a, const Tensor& b) {
  return 1 - dot(a, b) / (norm(a) * norm(b));
}

// The gradient of each picture's logit of its label, with respect to the picture.
Tensor saliency(FoodCnn& model, const Tensor& pictures, const Tensor& labels) {
  Recording recording;
  const Var x = recording.input(pictures);
  return grad(pick(model(x), labels.rows(0, pictures.dim(0))), x);
}

Tensor sampled(const Tensor& maps, const Tensor& positions) {
  const std::int64_t size = maps.numel() / maps.dim(0);
  Tensor out({maps.dim(0), positions.numel()}, DType::f64);
  for (std::int64_t n = 0; n < maps.dim(0); ++n)
    for (std::int64_t i = 0; i < positions.numel(); ++i)
      out.mutable_data<double>()[n * positions.numel() + i] =
          maps.at(n * size + static_cast<std::int64_t>(positions.at(i)));
  return out;
}

class FoodCnnEditions : public ::testing::TestWithParam<std::string> {
 protected:
  std::string folder() const { return "food_cnn/" + GetParam() + "/"; }
};

TEST_P(FoodCnnEditions, LogitsAreThoseOfPyTorch) {
  const Tensor pictures = fixture_pictures(4);
  FoodCnn model = load(GetParam());
  const Tensor logits = model(pictures).value();
  EXPECT_FALSE(!(largest_error(logits, fixture_npy(folder() + "logits.npy")) <= 1e-5));
  EXPECT_FALSE(!(largest_error(logits, fixture_npy(folder() + "logits_f32.npy")) <= 1e-5));
}

TEST_P(FoodCnnEditions, LogitsAndGradientsInFloat64AreThoseOfPyTorch) {
  const Tensor pictures = fixture_pictures(2).to(DType::f64);
  FoodCnn model = load(GetParam(), DType::f64);
  const Tensor expected = fixture_npy(folder() + "logits.npy").rows(0, 2);
  EXPECT_FALSE(!(largest_error(model(pictures).value(), expected) <= 1e-9));

  const Tensor maps = saliency(model, pictures, fixture_npy(folder() + "labels.npy"));
  const Tensor norms = fixture_npy(folder() + "saliency.norm.npy");
  EXPECT_FALSE(!(largest_error(sampled(maps, fixture_npy("food_cnn/sample_values.npy")),
                               fixture_npy(folder() + "saliency.sample.npy")) <= 1e-9));
  for (std::int64_t n = 0; n < 2; ++n) {
    const Tensor map = maps.rows(n, 1);
    EXPECT_NEAR(norm(map), norms.at(2 * n), 1e-9 * norms.at(2 * n));
    EXPECT_NEAR(dot(map, Tensor::full(map.shape(), 1, DType::f64)), norms.at(2 * n + 1),
                1e-8 * norms.at(2 * n));
  }
}

TEST_P(FoodCnnEditions, InputGradientIsThatOfPyTorch) {
  const Tensor pictures = fixture_pictures(2);
  FoodCnn model = load(GetParam());
  const Tensor maps = saliency(model, pictures, fixture_npy(folder() + "labels.npy"));
  const Tensor samples = sampled(maps, fixture_npy("food_cnn/sample_values.npy"));
  const Tensor expected = fixture_npy(folder() + "saliency.sample.npy");
  for (std::int64_t n = 0; n < 2; ++n) {
    EXPECT_TRUE(is_close(samples.rows(n, 1), expected.rows(n, 1), 5e-3));
    EXPECT_FALSE(!(one_minus_cosine(samples.rows(n, 1), expected.rows(n, 1)) <= 1e-5));
  }
}

TEST(FoodCnn, WholeInputGradientIsThatOfPyTorch) {
  FoodCnn model = load("food");
  const Tensor map = saliency(model, fixture_pictures(1), fixture_npy("food_cnn/food/labels.npy"));
  const Tensor expected = fixture_npy("food_cnn/food/saliency_f32.npy").reshape(map.shape());
  EXPECT_TRUE(is_close(map, expected, 5e-3));
  EXPECT_FALSE(!(one_minus_cosine(map, expected) <= 1e-5));
}

// A photo's logits and gradient have the same bytes in any batch and on any number of threads.
TEST_P(FoodCnnEditions, SameBytesForAnyBatchAndThreadCount) {
  const Tensor pictures = fixture_pictures(4), labels = fixture_npy(folder() + "labels.npy");
  FoodCnn model = load(GetParam());
  const int before = kernels::thread_count();
  const Tensor logits = model(pictures).value(), maps = saliency(model, pictures, labels);
  for (const int threads : {1, 3}) {
    kernels::set_thread_count(threads);
    for (const std::int64_t row : {0, 3}) {
      const Tensor alone = pictures.rows(row, 1);
      EXPECT_TRUE(has_same_bytes(model(alone).value(), logits.rows(row, 1)));
      EXPECT_TRUE(has_same_bytes(saliency(model, alone, labels.rows(row, 1)), maps.rows(row, 1)));
    }
  }
  kernels::set_thread_count(before);
}

// Asking for every value keeps layers from running as one, and changes nothing but roundings.
TEST_P(FoodCnnEditions, FusedLayersComputeWhatSingleOnesDo) {
  FoodCnn model = load(GetParam(), DType::f64);
  const Tensor picture = fixture_pictures(1).to(DType::f64);
  const Tensor labels = fixture_npy(folder() + "labels.npy");
  const Tensor fused_logits = model(picture).value();
  const Tensor fused_map = saliency(model, picture, labels);

  RecordingOptions options;
  for (const LayerInfo& layer : model.describe()) options.names.push_back(layer.name);
  Recording recording(options);
  const Var x = recording.input(picture);
  const Var logits = model(x);
  EXPECT_TRUE(is_close(logits.value(), fused_logits, 1e-10));
  EXPECT_TRUE(is_close(grad(pick(logits, labels.rows(0, 1)), x), fused_map, 1e-9));
  for (const LayerInfo& layer : model.describe()) {
    const Var value = recording.value(layer.name);
    EXPECT_EQ(value.shape().numel(), layer.output.numel()) << layer.name;
  }
}

TEST_P(FoodCnnEditions, StateDictGoesInAndOutUnchanged) {
  const StateDict weights = fixture_weights(folder() + "weights.pth");
  FoodCnn model = load(GetParam());
  const StateDict saved = model.state_dict();
  ASSERT_EQ(saved.size(), weights.size());
  for (const auto& [name, tensor] : weights) {
    ASSERT_NE(saved.find(name), nullptr) << name;
    EXPECT_TRUE(has_same_bytes(saved.at(name), tensor)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Editions, FoodCnnEditions, ::testing::Values("food", "prelu"),
                         [](const auto& info) { return info.param; });

TEST(FoodCnn, RefusesWeightsThatDoNotFit) {
  const StateDict weights = fixture_weights("food_cnn/food/weights.pth");
  FoodCnnConfig wider = FoodCnnConfig::detect(weights);
  wider.widths[0] += 1;
  FoodCnn model(wider);
  const std::string message = message_of([&] { model.load_state_dict(weights); });
  EXPECT_NE(message.find("size mismatch for cnn.0.weight"), std::string::npos) << message;

  StateDict fewer;
  for (const auto& [name, tensor] : weights)
    if (name != "fc.3.bias") fewer.add(name, tensor);
  fewer.add("fc.9.bias", Tensor::zeros({11}));
  FoodCnn narrow(FoodCnnConfig::detect(weights));
  const std::string both = message_of([&] { narrow.load_state_dict(fewer); });
  EXPECT_NE(both.find("Missing key(s) in state_dict: \"fc.3.bias\""), std::string::npos) << both;
  EXPECT_NE(both.find("Unexpected key(s) in state_dict: \"fc.9.bias\""), std::string::npos) << both;
}

TEST(FoodCnn, RefusesPhotosOfAnotherSize) {
  FoodCnn model = load("food");
  const std::string message = message_of([&] { model(Tensor::zeros({2, 64, 64, 3})); });
  EXPECT_EQ(message, "the food CNN takes photos of shape [1, 128, 128, 3], not [2, 64, 64, 3]");
}

TEST(FoodCnn, TheOriginalHasItsPublishedSize) {
  FoodCnn model(FoodCnnConfig::course());
  EXPECT_EQ(model.named_tensors().size(), 81u);
  std::int64_t parameters = 0;
  for (const LayerInfo& layer : model.describe()) parameters += layer.parameters;
  EXPECT_EQ(parameters, 14'162'827);
  const std::vector<LayerInfo> layers = model.describe();
  ASSERT_EQ(layers.size(), 38u + 4u);
  EXPECT_EQ(layers[15].description, "ReLU()");
  EXPECT_EQ(layers[21].description, "BatchNorm2d(256)");
  EXPECT_EQ(layers[37].output, (Shape{1, 4, 4, 512}));
  EXPECT_EQ(layers.back().name, "fc.3");
  EXPECT_EQ(model.named_tensors().front().name, "cnn.0.weight");
  EXPECT_EQ(model.named_tensors().back().name, "fc.3.bias");
}

void expect_detected(const FoodCnnConfig& config) {
  FoodCnn model(config);
  const FoodCnnConfig found = FoodCnnConfig::detect(model.state_dict());
  EXPECT_EQ(found.edition, config.edition);
  EXPECT_EQ(found.widths, config.widths);
  EXPECT_EQ(found.hidden, config.hidden);
  EXPECT_EQ(found.classes, config.classes);
  EXPECT_EQ(found.input_size, config.input_size);
  EXPECT_EQ(found.prelu_per_channel, config.prelu_per_channel);
  EXPECT_EQ(found.last_norm, config.last_norm);
}

TEST(FoodCnnConfig, DetectsWhatTheWeightsSay) {
  for (const std::int64_t divisor : {1, 8, 32}) {
    expect_detected(FoodCnnConfig::course(divisor));
    expect_detected(FoodCnnConfig::prelu_2020(divisor));
  }
  FoodCnnConfig small = FoodCnnConfig::course(32);
  small.input_size = 64;
  small.classes = 5;
  expect_detected(small);
  FoodCnnConfig slopes = FoodCnnConfig::prelu_2020(16);
  slopes.prelu_per_channel = true;
  slopes.last_norm = true;
  expect_detected(slopes);
}

TEST(FoodCnnConfig, RefusesOtherNetworks) {
  StateDict other;
  other.add("conv1.weight", Tensor::zeros({64, 3, 7, 7}));
  other.add("fc.weight", Tensor::zeros({1000, 512}));
  const std::string message = message_of([&] { FoodCnnConfig::detect(other); });
  EXPECT_NE(message.find("'conv1.weight'"), std::string::npos) << message;
  EXPECT_NE(message_of([] { FoodCnnConfig::detect({}); }), "");

  StateDict no_square;
  FoodCnn model(FoodCnnConfig::course(32));
  for (const auto& [name, tensor] : model.state_dict())
    no_square.add(name, name == "fc.0.weight" ? Tensor::zeros({32, 16 * 5}) : tensor);
  const std::string head = message_of([&] { FoodCnnConfig::detect(no_square); });
  EXPECT_NE(head.find("80 features"), std::string::npos) << head;
}

// A convolution that falls to a library's reference kernel is fifty times slower.
TEST(FoodCnn, EveryConvolutionHasAFastKernel) {
  if (kernels::conv2d_implementation({1, 8, 8, 3}, {16, 3, 3, 3}, {1, 1}) == "plain loops")
    GTEST_SKIP() << "built without oneDNN";
  for (const std::int64_t divisor : {1, 8})
    for (const FoodCnnConfig& config :
         {FoodCnnConfig::course(divisor), FoodCnnConfig::prelu_2020(divisor)}) {
      FoodCnn model(config);
      Shape input = model.input_shape(1);
      const std::vector<NamedTensor> tensors = model.named_tensors();
      for (const LayerInfo& layer : model.describe()) {
        const auto weight = std::find_if(tensors.begin(), tensors.end(), [&](const auto& named) {
          return named.name == layer.name + ".weight" && named.tensor->rank() == 4;
        });
        if (weight != tensors.end()) {
          const std::string kernel =
              kernels::conv2d_implementation(input, weight->tensor->shape(), {1, 1});
          EXPECT_FALSE(kernel.starts_with("ref") || kernel == "plain loops")
              << layer.name << " runs " << kernel;
        }
        input = layer.output;
      }
    }
}

TEST(FoodCnn, InitialisesAsPyTorchDoesAndFromTheSeedAlone) {
  FoodCnn model(FoodCnnConfig::course(8)), again(FoodCnnConfig::course(8));
  model.initialise(7);
  again.initialise(7);
  const StateDict a = model.state_dict(), b = again.state_dict();
  for (const auto& [name, tensor] : a) EXPECT_TRUE(has_same_bytes(b.at(name), tensor)) << name;
  again.initialise(8);
  EXPECT_FALSE(has_same_bytes(again.state_dict().at("cnn.0.weight"), a.at("cnn.0.weight")));

  // Uniform in +-1/sqrt(fan in): the variance is a third of the bound's square.
  const Tensor& weight = a.at("fc.0.weight");
  const double bound = 1 / std::sqrt(static_cast<double>(weight.dim(1)));
  double largest = 0;
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    largest = std::max(largest, std::abs(weight.at(i)));
  EXPECT_FALSE(!(largest <= bound && largest > 0.99 * bound));
  EXPECT_NEAR(dot(weight, weight) / static_cast<double>(weight.numel()), bound * bound / 3,
              0.02 * bound * bound);
  EXPECT_GT(norm(a.at("cnn.0.bias")), 0);
  EXPECT_EQ(a.at("cnn.1.weight").at(0), 1);
  EXPECT_EQ(norm(a.at("cnn.1.bias")), 0);
}

}  // namespace
}  // namespace backlight::testing
