// Filters on the GPUs, real and simulated: the processor's activations and pictures.
#include "models/food_cnn.h"
#include "tests/kernels/gpus.h"
#include "xai/feature_visualisation.h"
#include "xai/filter_activation.h"

namespace backlight::testing {
namespace {

FoodCnn small_network() {
  FoodCnnConfig config = FoodCnnConfig::course(32);
  config.input_size = 32;
  FoodCnn network(config);
  network.initialise(5);
  return network;
}

Model up_to(FoodCnn& network, const std::string& layer) {
  return [&network, layer](const Var& x) { return network.forward_to(layer, x); };
}

class FiltersOnGpu : public OnEachGpu {};
TEST_ON_EACH_GPU(FiltersOnGpu);

TEST_P(FiltersOnGpu, AnswerAsOnTheProcessor) {
  FoodCnn network = small_network();
  const Tensor x = uniform({2, 32, 32, 3}, DType::f32, 3, 0, 1);
  for (const char* layer : {"cnn.6", "cnn.9", "cnn.14", "fc.0"}) {
    network.to(Device::cpu);
    const Tensor expected = layer_activation(up_to(network, layer), x, layer);
    network.to(GetParam());
    EXPECT_TRUE(is_close(layer_activation(up_to(network, layer), there(x), layer), expected, 1e-5))
        << layer;
  }
}

TEST_P(FiltersOnGpu, GrowThePicturesOfTheProcessor) {
  FoodCnn network = small_network();
  const Tensor photo = uniform({1, 32, 32, 3}, DType::f32, 3, 0.1f, 0.9f);
  for (const Variant variant : {Variant::paper, Variant::notebook}) {
    const VisualisationOptions options{.variant = variant, .steps = 2, .total_variation = 0.1};
    const auto grow = [&](Device device, std::int64_t batch) {
      network.to(device);
      return visualise_filters(up_to(network, "cnn.4"), "cnn.4", {{0}, {2, photo.to(device)}},
                               {{1, 32, 32, 3}, DType::f32, device}, options, {batch});
    };
    const auto expected = grow(Device::cpu, 2), actual = grow(GetParam(), 2);
    const auto apart = grow(GetParam(), 1);
    for (std::size_t n = 0; n < 2; ++n) {
      // Adam divides small gradients by their size: a few pixels go other ways.
      EXPECT_TRUE(is_close(actual[n].picture, expected[n].picture, 1e-2));
      EXPECT_NEAR(actual[n].start_sum, expected[n].start_sum,
                  1e-4 * std::abs(expected[n].start_sum));
      EXPECT_TRUE(has_same_bytes(apart[n].picture, actual[n].picture));
    }
  }
}

}  // namespace
}  // namespace backlight::testing
