// How work is split: the maps do not depend on it, progress is told, memory stays within bounds.
#include <utility>
#include <vector>

#include "kernels/parallel.h"
#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/formula_models.h"
#include "xai/gradient_sum.h"
#include "xai/integrated_gradients.h"
#include "xai/saliency.h"
#include "xai/smoothgrad.h"

namespace backlight::testing {
namespace {

TEST(Work, MapsHaveTheSameBytesForAnyBatchAndThreadCount) {
  const Model model = food_cnn("food");
  const Tensor x = picture(0), black = Tensor::zeros(x.shape());
  const int before = kernels::thread_count();
  const auto maps = [&](std::int64_t batch, int threads) {
    kernels::set_thread_count(threads);
    const Work work{.batch = batch};
    const SmoothGradResult smooth =
        smoothgrad(model, x, logit_of(2), {.samples = 7, .seed = 3}, work);
    const IntegratedGradientsResult path =
        integrated_gradients(model, x, black, logit_of(2), {.steps = 7}, work);
    const SaliencyResult single = saliency(model, x, logit_of(2));
    kernels::set_thread_count(before);
    return std::vector{smooth.values, smooth.standard_error, path.values, single.values};
  };
  const std::vector<Tensor> expected = maps(8, before);
  for (const auto& [batch, threads] : {std::pair{1, 1}, {3, 2}, {10, 5}, {4, 1}}) {
    const std::vector<Tensor> actual = maps(batch, threads);
    for (std::size_t m = 0; m < expected.size(); ++m)
      EXPECT_TRUE(has_same_bytes(actual[m], expected[m]))
          << "map " << m << ", batch " << batch << ", " << threads << " threads";
  }
}

TEST(Work, SumsWeightedGradientsAndSquares) {
  const Quadratic model(2, 6, DType::f64);
  const Tensor inputs = uniform({5, 1, 2, 3}, DType::f64, 8);
  const kernels::GradientSums sum = sum_gradients(
      model, logit_of(1), 5,
      [&](std::int64_t first, std::int64_t count) { return inputs.rows(first, count); },
      [](std::int64_t k) { return 1.0 + static_cast<double>(k); }, Part::magnitude, {.batch = 2});
  for (std::int64_t i = 0; i < 6; ++i) {
    double expected = 0, squares = 0;
    for (std::int64_t k = 0; k < 5; ++k) {
      const double g = model.gradient(1, inputs.rows(k, 1)).at(i);
      expected += (1.0 + static_cast<double>(k)) * std::abs(g);
      squares += (1.0 + static_cast<double>(k)) * g * g;
    }
    EXPECT_NEAR(sum.sum.at(i), expected, 1e-13);
    EXPECT_NEAR(sum.squares.at(i), squares, 1e-13);
  }
}

TEST(Work, TellsItsProgressAndCanBeStopped) {
  const Quadratic model(2, 12, DType::f32);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f32, 5);
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  const Work work{.batch = 4, .progress = [&](std::int64_t done, std::int64_t total) {
                    told.emplace_back(done, total);
                  }};
  smoothgrad(model, x, logit_of(0), {.samples = 10}, work);
  EXPECT_EQ(told, (std::vector<std::pair<std::int64_t, std::int64_t>>{{4, 10}, {8, 10}, {10, 10}}));

  int calls = 0;
  const Work stopped{.batch = 1, .progress = [&](std::int64_t, std::int64_t) {
                       if (++calls == 3) throw Interrupted();
                     }};
  EXPECT_THROW(integrated_gradients(model, x, Tensor::zeros(x.shape()), logit_of(0), {}, stopped),
               Interrupted);
  EXPECT_EQ(calls, 3);
}

// What a recording keeps for the gradient with respect to the input is one bit an element of a
// ReLU or PReLU and one byte an element of a pooling: no activations.
TEST(Work, ARecordingKeepsBitsAndWindowIndices) {
  for (const auto& config : {FoodCnnConfig::course(4), FoodCnnConfig::prelu_2020(4)}) {
    FoodCnn model(config);
    model.initialise(1);
    const Tensor x = uniform(model.input_shape(1), DType::f32, 2, 0, 1);
    (void)model(x);  // packs the weights
    double bound = 0;
    for (const LayerInfo& layer : model.describe()) {
      const auto elements = static_cast<double>(layer.output.numel());
      if (layer.description.find("ReLU") != std::string::npos) bound += elements / 8;
      if (layer.description.starts_with("MaxPool2d")) bound += elements;
    }
    Recording recording;
    const Var input = recording.input(x);
    const std::size_t before = memory_use().live;
    const Var logits = model(input);
    const auto kept = static_cast<double>(memory_use().live - before);
    EXPECT_GT(kept, bound / 3) << config.name();
    // The allocator rounds up, by an eighth at most; the logits are there as well.
    EXPECT_LE(kept, bound * 9 / 8 + 4096) << config.name();
  }
}

// The bytes that are alive at once while a function runs, beyond those alive before it.
template <typename F>
double working_bytes_of(F&& f) {
  // Ballast as large as the largest peak so far makes the next peak that of f.
  const Tensor ballast({static_cast<std::int64_t>(memory_use().peak)}, DType::u8);
  const std::size_t before = memory_use().live;
  f();
  return static_cast<double>(memory_use().peak - before);
}

// What `inspect` tells and --batch is chosen by: the activations, beside which the bits, the
// indices and the gradient itself are little.
TEST(Work, AnInputGradientOfTheFoodCnnStaysWithinItsWorkingBytes) {
  FoodCnn model(FoodCnnConfig::course(4));
  model.initialise(1);
  const Tensor x = uniform(model.input_shape(1), DType::f32, 2, 0, 1);
  const auto gradient = [&] {
    (void)input_gradient([&](const Var& input) { return model(input); }, x, logit_of(0));
  };
  gradient();  // packs the weights
  const auto expected = static_cast<double>(model.working_bytes());
  const double used = working_bytes_of(gradient);
  EXPECT_GT(used, expected / 2);
  EXPECT_LE(used, expected * 9 / 8);
}

}  // namespace
}  // namespace backlight::testing
