// The methods on the GPUs, real and simulated: the processor's map, whatever the batch.
#include "kernels/device.h"
#include "models/food_cnn.h"
#include "models/training.h"
#include "tests/kernels/gpus.h"
#include "xai/deeplift.h"
#include "xai/feature_ablation.h"
#include "xai/food_cnn_model.h"
#include "xai/grad_cam.h"
#include "xai/gradient_shap.h"
#include "xai/integrated_gradients.h"
#include "xai/kernel_shap.h"
#include "xai/lime.h"
#include "xai/lrp/lrp.h"
#include "xai/occlusion.h"
#include "xai/rise.h"
#include "xai/saliency.h"
#include "xai/segmentation/grid.h"
#include "xai/segmentation/slic.h"
#include "xai/shapley_sampling.h"
#include "xai/smoothgrad.h"

#ifdef BACKLIGHT_HAS_SIM
#include "kernels/sim/global_memory.h"
#endif

namespace backlight::testing {
namespace {

const Objective kObjective = logit_of(3);

// A small course network whose signal does not fade on its way.
FoodCnn small_network() {
  FoodCnnConfig config = FoodCnnConfig::course(16);
  config.input_size = 32;
  FoodCnn network(config);
  network.initialise(5);
  for (const NamedTensor& named : network.named_tensors()) {
    if (named.tensor->rank() < 2) continue;
    float* values = named.tensor->mutable_data<float>();
    for (std::int64_t i = 0; i < named.tensor->numel(); ++i) values[i] *= std::sqrt(6.0f);
  }
  return network;
}

Tensor photo() { return uniform({1, 32, 32, 3}, DType::f32, 7, 0, 1); }

using Maps = std::vector<std::pair<std::string, Tensor>>;

// The maps of the methods that change the photo piece by piece.
Maps perturbation_maps(const Model& model, const Tensor& x, const Tensor& black, const Work& work) {
  const Tensor segments = grid_segments(32, 32, 1, 2);
  return {
      {"occlusion",
       occlusion(model, x, black, kObjective, {.window = 20, .stride = 12}, work).values},
      {"occlusion, small windows",
       occlusion(model, x, black, kObjective, {.window = 8, .stride = 8}, work).values},
      {"feature ablation",
       feature_ablation(SegmentGame(model, kObjective, x, black, segments), work).values},
      {"rise", rise(model, x, black, kObjective, {.masks = 3, .grid = 4, .seed = 2}, work).values},
      {"gradient shap",
       gradient_shap(model, x, black, kObjective, {.samples = 3, .sigma = 0.1, .seed = 2}, work)
           .values},
      {"kernel shap",
       kernel_shap(SegmentGame(model, kObjective, x, black, segments), {}, work).values},
      {"shapley sampling", shapley_sampling(SegmentGame(model, kObjective, x, black, segments),
                                            {.permutations = 1}, work)
                               .values},
      {"lime", lime(model, x, slic(x, {.segments = 6, .compactness = 20}), kObjective,
                    {.samples = 6, .fill = Fill::black}, work)
                   .values}};
}

// The maps of the methods that split their work into batches.
Maps split_maps(const Model& model, const Tensor& x, const Work& work) {
  const Tensor black = Tensor::zeros(x.shape(), DType::f32, x.device());
  const Tensor background = uniform({2, 32, 32, 3}, DType::f32, 8, 0, 1).to(x.device());
  const Tensor baseline = background.rows(0, 1);
  Maps maps{
      {"smoothgrad", smoothgrad(model, x, kObjective, {.samples = 5, .seed = 2}, work).values},
      {"smoothgrad, notebook",
       smoothgrad(model, x, kObjective,
                  {.samples = 3, .level = 0.4, .seed = 2, .variant = Variant::notebook}, work)
           .values},
      {"integrated gradients",
       integrated_gradients(model, x, black, kObjective, {.steps = 5}, work).values},
      {"deeplift", deeplift(model, x, baseline, kObjective, {}, work).values},
      {"deeplift, captum",
       deeplift(model, x, baseline, kObjective, {.variant = Variant::captum}, work).values},
      {"deepshap", deepshap(model, x, background, {probability_of(3)}, {}, work)[0].values}};
  for (const auto& map : perturbation_maps(model, x, black, work)) maps.push_back(map);
  return maps;
}

// The maps of the methods that take a single backward pass.
Maps single_maps(const Model& model, const Tensor& x) {
  return {{"saliency", saliency(model, x, kObjective).values},
          {"saliency, notebook", saliency(model, x, loss_of(3), Variant::notebook).values},
          {"input x gradient", input_x_gradient(model, x, kObjective).values},
          {"guided backpropagation", guided_backprop(model, x, kObjective).values},
          {"deconvolution", deconvolution(model, x, kObjective).values},
          {"grad-cam",
           grad_cam(model, x, kObjective, {.layer = "cnn.28", .variant = Variant::captum}).values},
          {"guided grad-cam", guided_grad_cam(model, x, loss_of(3), {.layer = "cnn.28"}).values},
          {"lrp", lrp(model, x, kObjective, epsilon_gamma_box()).values}};
}

// The maps of every method of a network for a photo; both on one device.
Maps maps_of(FoodCnn& network, const Tensor& x, const Work& work) {
  const Model model = model_of(network);
  Maps maps = single_maps(model, x);
  for (const auto& map : split_maps(model, x, work)) maps.push_back(map);
  return maps;
}

class MethodsOnGpu : public OnEachGpu {};
TEST_ON_EACH_GPU(MethodsOnGpu);

TEST_P(MethodsOnGpu, GiveTheMapsOfTheProcessor) {
  FoodCnn network = small_network();
  const Tensor logits = network(photo()).value();
  const auto expected = maps_of(network, photo(), {.batch = 2});
  network.to(GetParam());
  EXPECT_TRUE(is_close(here(network(there(photo())).value()), logits, 1e-5));
  const auto actual = maps_of(network, there(photo()), {.batch = 2});
  for (std::size_t m = 0; m < expected.size(); ++m) {
    EXPECT_EQ(actual[m].second.device(), Device::cpu);
    EXPECT_TRUE(is_close(actual[m].second, expected[m].second, 1e-3)) << expected[m].first;
  }
}

TEST_P(MethodsOnGpu, HaveTheSameBytesForAnyBatch) {
  FoodCnn network = small_network();
  network.to(GetParam());
  const Model model = model_of(network);
  const auto expected = split_maps(model, there(photo()), {.batch = 5});
  for (const std::int64_t batch : {1, 2}) {
    const auto actual = split_maps(model, there(photo()), {.batch = batch});
    for (std::size_t m = 0; m < expected.size(); ++m)
      EXPECT_TRUE(has_same_bytes(actual[m].second, expected[m].second))
          << expected[m].first << ", batch " << batch;
  }
}

TEST_P(MethodsOnGpu, TrainsAsOnTheProcessor) {
  const Tensor photos = uniform({4, 32, 32, 3}, DType::f32, 11, 0, 1);
  const Tensor labels = Tensor::from<std::int64_t>({1, 4, 0, 10}, {4});
  const auto losses = [&](Device device) {
    FoodCnn network = small_network();
    network.to(device);
    Trainer trainer(network, {.learning_rate = 1e-3});
    std::vector<double> steps;
    for (int step = 0; step < 3; ++step) steps.push_back(trainer.step(photos, labels));
    return Tensor::from(steps, {3});
  };
  const Tensor expected = losses(Device::cpu);
  EXPECT_LT(expected.at(2), expected.at(0));
  EXPECT_TRUE(is_close(losses(GetParam()), expected, 2e-4));
}

#ifdef BACKLIGHT_HAS_SIM
// Less memory than the batch wants: the work goes on in smaller batches, to the same bytes.
TEST(MethodsOnSim, ShrinkTheirBatchWhereMemoryIsShort) {
  kernels::open_device(Device::sim);
  FoodCnn network = small_network();
  network.to(Device::sim);
  const Model model = model_of(network);
  const Tensor x = photo().to(Device::sim);
  const auto map = [&](std::int64_t batch) {
    return smoothgrad(model, x, kObjective, {.samples = 6, .seed = 1}, {.batch = batch}).values;
  };
  release_cached_memory(Device::sim);
  const Tensor expected = map(1);
  const std::size_t enough_for_one = sim::allocated_bytes();
  release_cached_memory(Device::sim);
  const std::size_t before = sim::memory_limit();
  sim::set_memory_limit(2 * enough_for_one);
  const Tensor actual = map(6);
  sim::set_memory_limit(sim::allocated_bytes() + 1000);
  EXPECT_NE(message_of([&] { (void)Tensor({1 << 20}, DType::f32, Device::sim); }), "");
  sim::set_memory_limit(before);
  EXPECT_TRUE(has_same_bytes(actual, expected));
}
#endif

}  // namespace
}  // namespace backlight::testing
